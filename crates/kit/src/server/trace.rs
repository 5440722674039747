//! Layer: one span per call, child of the caller's.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use opentelemetry::trace;
use tonic::Code;
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::outcome::{Done, watch};
use crate::{
    access::Policy,
    telemetry::{self, propagation},
};

pub(super) async fn trace(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let method = policy.method(request.uri().path());
    let (service, name) = method.map_or(("other", "other"), |m| {
        (m.service.as_str(), m.name.as_str())
    });
    // The span's level decides at which log level its fields are shown: an error must always show its trace.
    let span = tracing::error_span!(
        "rpc",
        otel.name = format!("{service}/{name}"),
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = name,
        trace_id = Empty,
    );
    // Fails where no OpenTelemetry layer is installed (tests); then there is no parent trace.
    let _ = span.set_parent(propagation::extract(request.headers()));
    span.record("trace_id", span.in_scope(telemetry::current_trace_id));

    let response = next.run(request).instrument(span.clone()).await;
    let recorded = span.clone();
    let done = Done::new(move |code| {
        // On the trace only: a field of the span would be repeated in log lines, and the line below has it anyway.
        recorded.set_attribute("rpc.grpc.status_code", code as i64);
        if ours(code) {
            recorded.set_status(trace::Status::error(""));
        }
        recorded.in_scope(|| tracing::debug!(code = ?code, "call ended"));
    });
    watch(response, span, done)
}

/// Whether the outcome is a server error under OpenTelemetry's conventions for gRPC. A refusal is not.
fn ours(code: Code) -> bool {
    use Code::{DataLoss, DeadlineExceeded, Internal, Unavailable, Unimplemented, Unknown};
    matches!(
        code,
        Unknown | DeadlineExceeded | Unimplemented | Internal | Unavailable | DataLoss
    )
}
