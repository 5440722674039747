//! The first span of a request, and its line in the metrics. Paths are not written: they can carry tokens.

use std::{sync::LazyLock, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use kit::telemetry::propagation;
use opentelemetry::{KeyValue, global, metrics::Histogram};
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// `http.server.request.duration`, as OpenTelemetry's conventions name it.
static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .f64_histogram("http.server.request.duration")
        .with_unit("s")
        .with_description("Duration of HTTP requests, until the head of the answer")
        .build()
});

/// Opens the span every later one belongs to. A trace that a client began is continued.
pub async fn layer(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!(
        "http",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = Empty,
    );
    // A context that cannot be set is one that is not there.
    let _ = span.set_parent(propagation::extract(request.headers()));
    let attributes = [
        KeyValue::new("http.request.method", request.method().to_string()),
        KeyValue::new("http.route", route),
    ];
    let begun = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = i64::from(response.status().as_u16());
    span.record("http.response.status_code", status);
    let status = KeyValue::new("http.response.status_code", status);
    DURATION.record(
        begun.elapsed().as_secs_f64(),
        &[attributes[0].clone(), attributes[1].clone(), status],
    );
    response
}
