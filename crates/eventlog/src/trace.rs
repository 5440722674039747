//! W3C trace context: from the command's span into the event, and from there into the spans that publish and apply it.
//!
//! The names are those of OpenTelemetry's conventions for messaging. The command's own span is the *creation context*:
//! the fact is created there, in the transaction of the command, and the outbox row, the NATS message and the log carry
//! it. Publishing (`send`) and applying (`process`) are sibling children of it: an event that NATS never delivered is
//! applied in the same trace.
//!
//! A command that is not sampled costs nothing: its events get no spans.

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt as _, TraceState},
};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{envelope::subject, event::Event};

/// The `traceparent` of the current span (W3C Trace Context, section 3.2); `None` outside of a trace.
pub fn current_traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let here = span.span_context();
    here.is_valid().then(|| {
        format!(
            "00-{}-{}-{:02x}",
            here.trace_id(),
            here.span_id(),
            here.trace_flags().to_u8()
        )
    })
}

/// The span context of a `traceparent`; `None` if it is malformed, which is not an error.
pub(crate) fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Later versions may append fields; version 00 has exactly these four and ff is forbidden.
    if version.len() != 2 || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    if trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        flags,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

/// The span in which an event is published to NATS.
pub(crate) fn publishing(event: &Event) -> Span {
    let Some(parent) = recorded(event) else {
        return Span::none();
    };
    let subject = subject(event);
    let span = tracing::info_span!(
        parent: None,
        "publish",
        otel.name = format!("publish {subject}"),
        otel.kind = "producer",
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.name = "publish",
        messaging.operation.type = "send",
        messaging.destination.name = subject,
        messaging.message.id = %event.id,
        messaging.message.body.size = event.payload.len(),
        cast.event.position = event.position,
    );
    below(span, parent)
}

/// The span in which `consumer` applies an event, until its transaction ends. `batch`: how many events share that
/// transaction.
pub(crate) fn applying(consumer: &str, event: &Event, batch: usize) -> Span {
    let Some(parent) = recorded(event) else {
        return Span::none();
    };
    let subject = subject(event);
    let span = tracing::info_span!(
        parent: None,
        "apply",
        otel.name = format!("apply {subject}"),
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.name = "apply",
        messaging.operation.type = "process",
        messaging.destination.name = subject,
        messaging.consumer.group.name = consumer,
        messaging.message.id = %event.id,
        messaging.batch.message_count = batch,
        cast.event.position = event.position,
        trace_id = %parent.trace_id(),
    );
    below(span, parent)
}

/// Marks these spans as failed.
pub(crate) fn failed<'s>(spans: impl IntoIterator<Item = &'s Span>) {
    for span in spans {
        span.record("otel.status_code", "ERROR");
    }
}

/// The context of the command that caused the event, if its trace is recorded.
fn recorded(event: &Event) -> Option<SpanContext> {
    let parent = parse(event.traceparent.as_deref()?)?;
    parent.is_sampled().then_some(parent)
}

fn below(span: Span, parent: SpanContext) -> Span {
    // Fails only where no OpenTelemetry layer is installed; then there is nothing to connect.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    span
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_the_standard_says() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = parse(good).unwrap();
        assert_eq!(
            context.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
        assert!(context.is_sampled() && context.is_remote());
        assert!(
            parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-later").is_some()
        );
    }

    #[test]
    fn a_malformed_traceparent_is_no_context() {
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-xbf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é",
        ] {
            assert!(parse(bad).is_none(), "{bad:?}");
        }
    }
}
