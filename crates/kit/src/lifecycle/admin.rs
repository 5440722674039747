//! The listener for orchestrator and operators, separate from the one for calls: `/livez`, `/readyz`, `/metrics`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::future::BoxFuture;
use prometheus::Registry;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::telemetry;

/// The health of one part of a service.
#[derive(Clone, Debug)]
pub struct Part {
    /// E.g. `database`, `relay`.
    pub name: String,
    /// Whether calls can be served with the part in this state.
    pub ok: bool,
    /// Details for operators, without secrets.
    pub detail: Value,
}

/// Reports the current state of the parts. Must return within about a second.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Vec<Part>> + Send + Sync>;

#[derive(Clone)]
struct Admin {
    probe: Probe,
    registry: Registry,
    stop: CancellationToken,
}

/// Serves the three paths until `end`. After `stop` the service is not ready: it finishes calls in flight and takes no
/// new ones.
pub async fn serve(
    listener: TcpListener,
    probe: Probe,
    registry: Registry,
    stop: CancellationToken,
    end: CancellationToken,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Admin {
            probe,
            registry,
            stop,
        });
    axum::serve(listener, router)
        .with_graceful_shutdown(end.cancelled_owned())
        .await
}

async fn ready(State(admin): State<Admin>) -> Response {
    let parts = (admin.probe)().await;
    let stopping = admin.stop.is_cancelled();
    let ready = !stopping && parts.iter().all(|part| part.ok);
    let parts: serde_json::Map<String, Value> = parts
        .into_iter()
        .map(|part| (part.name, json!({ "ok": part.ok, "detail": part.detail })))
        .collect();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "ready": ready, "stopping": stopping, "parts": parts })),
    )
        .into_response()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    match telemetry::render(&admin.registry) {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "metrics cannot be collected");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
