//! Sampling. The decision is made once, where a trace begins, and propagated: a trace is recorded whole or not at all.

use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{Link, SpanKind},
};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample};

/// Periodic calls, many a second, unrelated to any user's request: consumers that compare themselves with their source,
/// and health checks (no method of the contract: `other`).
const BY_THE_CLOCK: [&str; 2] = ["cast.eventlog.v1.EventLog/", "other/"];

/// Follows the caller's decision; without a caller, records this share of the requests.
pub(super) fn sampler(ratio: f64) -> Sampler {
    Sampler::ParentBased(Box::new(Requests(Sampler::TraceIdRatioBased(ratio))))
}

/// A trace begins with a request from outside. Background workers begin none: their work for a request belongs to the
/// trace of that request, and other work would hide the rest.
#[derive(Clone, Debug)]
struct Requests(Sampler);

impl ShouldSample for Requests {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let asked = *kind == SpanKind::Server
            && !BY_THE_CLOCK.iter().any(|prefix| name.starts_with(prefix));
        let sampler = if asked { &self.0 } else { &Sampler::AlwaysOff };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        SpanId, TraceFlags,
        trace::{SpanContext, TraceContextExt as _, TraceState},
    };
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    const TRACE: TraceId = TraceId::from_bytes([0x4b; 16]);

    fn recorded(ratio: f64, parent: Option<TraceFlags>, name: &str, kind: &SpanKind) -> bool {
        let parent = parent.map(|flags| {
            let span = SpanId::from_bytes([7; 8]);
            let caller = SpanContext::new(TRACE, span, flags, true, TraceState::NONE);
            Context::new().with_remote_span_context(caller)
        });
        let result = sampler(ratio).should_sample(parent.as_ref(), TRACE, name, kind, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn the_caller_decides_and_where_there_is_none_the_ratio_does() {
        let method = "cast.identity.v1.Sessions/CreateSession";
        let server = SpanKind::Server;
        assert!(recorded(1.0, None, method, &server));
        assert!(!recorded(0.0, None, method, &server));
        assert!(recorded(0.0, Some(TraceFlags::SAMPLED), method, &server));
        assert!(!recorded(
            1.0,
            Some(TraceFlags::NOT_SAMPLED),
            method,
            &server
        ));
    }

    #[test]
    fn what_happens_by_the_clock_begins_no_trace_but_takes_part_in_one() {
        let head = "cast.eventlog.v1.EventLog/GetHead";
        assert!(!recorded(1.0, None, head, &SpanKind::Server));
        assert!(recorded(
            1.0,
            Some(TraceFlags::SAMPLED),
            head,
            &SpanKind::Server
        ));
        assert!(!recorded(1.0, None, "work", &SpanKind::Internal));
    }
}
