//! A trace runs from the command through the log into the consumer.

use std::{collections::BTreeSet, sync::Arc};

use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_applied_in_a_span_below_the_command_that_caused_it() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // The only test of this program that sets it.
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();

    let Pair {
        source,
        target,
        client,
        nudge,
        relay,
        consumer,
        nats: _nats,
    } = pair().await;
    // One over NATS (live), one read from the log (the consumer was away).
    until("it is live", async || consumer.status.borrow().live).await;
    let click = tracing::info_span!("click");
    count(&source.pool, Uuid::now_v7())
        .instrument(click.clone())
        .await
        .unwrap();
    nudge.wake();
    all_is_applied(&source.pool, &target.pool).await;
    consumer.stop().await;
    let later = tracing::info_span!("later click");
    count(&source.pool, Uuid::now_v7())
        .instrument(later.clone())
        .await
        .unwrap();
    count(&source.pool, Uuid::now_v7()).await.unwrap();
    nudge.wake();
    let consumer = start_consumer(crate::world::consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 3);
    consumer.stop().await;
    relay.stop().await;

    let traceparents: Vec<Option<String>> =
        sqlx::query_scalar("select traceparent from eventlog.event_log order by position")
            .fetch_all(&source.pool)
            .await
            .unwrap();
    assert!(traceparents[2].is_none(), "no span, no trace");
    for (span, traceparent) in [(&click, &traceparents[0]), (&later, &traceparents[1])] {
        let context = span.context();
        let context = context.span().span_context().clone();
        assert_eq!(
            traceparent.as_deref(),
            Some(format!("00-{}-{}-01", context.trace_id(), context.span_id()).as_str())
        );
        let spans = exporter.get_finished_spans().unwrap();
        let below: BTreeSet<_> = spans
            .iter()
            .filter(|s| s.parent_span_id == context.span_id())
            .map(|s| {
                assert_eq!(s.span_context.trace_id(), context.trace_id());
                assert!(s.parent_span_is_remote);
                (s.name.as_ref().to_owned(), format!("{:?}", s.span_kind))
            })
            .collect();
        let expected = [("apply", "Consumer"), ("publish", "Producer")].map(|(what, kind)| {
            let name = format!("{what} cast.counting.v1.Counter.Counted");
            (name, kind.to_owned())
        });
        assert_eq!(below, expected.into());
    }
    let spans = exporter.get_finished_spans().unwrap();
    let ours = spans.iter().filter(|s| s.name.contains("cast."));
    assert_eq!(
        ours.count(),
        4,
        "the event outside of any trace has no span"
    );
}
