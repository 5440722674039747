//! The first span of a request, and its metrics. Paths are not recorded: they can contain tokens.

use std::{sync::LazyLock, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method};
use kit::telemetry::{self, propagation};
use opentelemetry::{
    KeyValue, global,
    metrics::{Histogram, UpDownCounter},
    trace::{Status, TraceContextExt as _},
};
use tracing::{Instrument as _, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use transcode::Route;

/// `http.server.request.duration`, as OpenTelemetry's conventions name it.
static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .f64_histogram("http.server.request.duration")
        .with_unit("s")
        .with_description("Duration of HTTP requests, until the head of the answer")
        .with_boundaries(vec![
            0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ])
        .build()
});

static ACTIVE: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .i64_up_down_counter("http.server.active_requests")
        .with_description("HTTP requests whose answer has not begun")
        .build()
});

/// Headers of trace propagation: W3C Trace Context and Baggage.
const CARRIERS: [&str; 3] = ["traceparent", "tracestate", "baggage"];

/// Opens the root span.
///
/// The gateway receives untrusted requests, so a trace begins here ("restart", W3C Trace Context, sections 3.4 and 7):
/// a client must not decide what is recorded, nor write into other traces. The trace of the client becomes a link. Only
/// with `trusted`, behind a proxy that begins traces itself, the trace of the request is continued.
pub async fn layer(State(trusted): State<bool>, mut request: Request, next: Next) -> Response {
    let method = name(request.method());
    let matched = request.extensions().get::<MatchedPath>();
    let mut route = matched.map_or("other", MatchedPath::as_str).to_owned();
    let span = tracing::error_span!(
        "http",
        otel.name = method,
        otel.kind = "server",
        http.request.method = method,
        trace_id = Empty,
    );
    connect(&span, request.headers_mut(), trusted);
    span.record("trace_id", span.in_scope(telemetry::current_trace_id));

    let begun = Instant::now();
    let active = Active::begin(method);
    let response = next.run(request).instrument(span.clone()).await;
    drop(active);
    let status = response.status();
    // The contract's own route is more specific than `/v1/{*path}`.
    if let Some(Route(template)) = response.extensions().get() {
        route.clone_from(template);
    }
    span.context()
        .span()
        .update_name(format!("{method} {route}"));
    // On the trace only: as a field of the span it would be written for log lines, and none follow.
    span.set_attribute("http.route", route.clone());
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    let attributes = [
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.route", route),
        KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
    ];
    DURATION.record(begun.elapsed().as_secs_f64(), &attributes);
    response
}

/// Continues the trace of the request, or begins one with a link to it. The client's headers are not forwarded.
fn connect(span: &Span, headers: &mut HeaderMap, trusted: bool) {
    let caller = propagation::extract(headers);
    for carrier in CARRIERS {
        headers.remove(carrier);
    }
    let theirs = caller.span().span_context().clone();
    if trusted {
        // Fails only where no OpenTelemetry layer is installed; then there is nothing to connect.
        let _ = span.set_parent(caller);
    } else if theirs.is_valid() {
        span.add_link(theirs);
    }
}

/// The method as in the conventions: callers must not be able to create metrics.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}

/// Counts a request as long as it exists, also if the client disconnects.
struct Active([KeyValue; 1]);

impl Active {
    fn begin(method: &'static str) -> Self {
        let attributes = [KeyValue::new("http.request.method", method)];
        ACTIVE.add(1, &attributes);
        Self(attributes)
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.add(-1, &self.0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get};
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::{
        propagation::TraceContextPropagator,
        trace::{InMemorySpanExporter, SdkTracerProvider, SpanData},
    };
    use tower::ServiceExt as _;
    use tracing::instrument::WithSubscriber as _;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const THEIRS: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    /// The span of a request with [`THEIRS`], and the headers that the handler received.
    async fn traced(trusted: bool) -> (SpanData, String) {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(layer);
        let app = Router::new()
            .route("/", get(async |headers: HeaderMap| format!("{headers:?}")))
            .layer(from_fn_with_state(trusted, super::layer));
        let request = Request::get("/")
            .header("traceparent", THEIRS)
            .header("tracestate", "stranger=1")
            .header("baggage", "name=value")
            .body(Body::empty())
            .unwrap();
        let answer = app.oneshot(request).with_subscriber(subscriber).await;
        let seen = axum::body::to_bytes(answer.unwrap().into_body(), 10_000)
            .await
            .unwrap();
        let span = exporter.get_finished_spans().unwrap().remove(0);
        (span, String::from_utf8(seen.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_strangers_trace_becomes_a_link_and_goes_no_further() {
        let (span, seen) = traced(false).await;
        assert_eq!(span.parent_span_id, opentelemetry::SpanId::INVALID);
        let trace_id = span.span_context.trace_id().to_string();
        assert!(!THEIRS.contains(&trace_id));
        let linked = span.links.first().unwrap().span_context.trace_id();
        assert!(THEIRS.contains(&linked.to_string()));
        assert!(
            !seen.contains("stranger") && !seen.contains("4bf92f35"),
            "{seen}"
        );
        assert!(!seen.contains("baggage"), "{seen}");
    }

    #[tokio::test]
    async fn the_trace_of_a_trusted_proxy_is_continued() {
        let (span, _) = traced(true).await;
        let trace_id = span.span_context.trace_id().to_string();
        assert!(THEIRS.contains(&trace_id), "{trace_id}");
        assert!(THEIRS.contains(&span.parent_span_id.to_string()));
        assert!(span.links.is_empty());
    }
}
