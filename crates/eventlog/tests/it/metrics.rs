//! The metrics that an operator's dashboard receives.

use std::{collections::BTreeMap, sync::Arc};

use eventlog::{ApplyError, Consumer, Event, Handler, LocalSource, Nudge, Relay};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::world::*;

struct Picky;

#[async_trait::async_trait]
impl Handler for Picky {
    fn name(&self) -> &'static str {
        "metered.picky"
    }

    async fn apply(&self, _: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        match event.position {
            3 => Err(ApplyError::Poison("three".to_owned())),
            _ => Ok(()),
        }
    }
}

/// Name and value of the metrics of the source `metered`.
fn collected(
    provider: &SdkMeterProvider,
    exporter: &InMemoryMetricExporter,
) -> BTreeMap<String, f64> {
    exporter.reset();
    provider.force_flush().unwrap();
    let mut values = BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
            let AggregatedMetrics::F64(MetricData::Gauge(gauge)) = metric.data() else {
                continue;
            };
            for point in gauge.data_points() {
                if point.attributes().any(|a| a.value.as_str() == "metered") {
                    values.insert(metric.name().to_owned(), point.value());
                }
            }
        }
    }
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gauges_tell_what_is_going_on() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    // The only test of this program that sets it.
    opentelemetry::global::set_meter_provider(provider.clone());

    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let log = Arc::new(LocalSource::new(source.pool.clone(), "metered"));
    for _ in 0..5 {
        count(&source.pool, Uuid::now_v7()).await.unwrap();
    }
    let relay = start_relay(Relay::new(
        source.pool.clone(),
        client.clone(),
        "metered",
        nudge,
        seals(),
    ));
    let consumer = start_consumer(Consumer::new(
        target.pool.clone(),
        client,
        "metered",
        log,
        Arc::new(Picky),
        seals(),
    ));
    until("all is looked at", async || {
        relay.status.borrow().published == 5
            && consumer.status.borrow().checkpoint == 5
            && consumer.status.borrow().live
    })
    .await;

    let expected = [
        ("cast.eventlog.consumer.active", 1.0),
        ("cast.eventlog.consumer.checkpoint", 5.0),
        ("cast.eventlog.consumer.diverged", 0.0),
        ("cast.eventlog.consumer.lag", 0.0),
        ("cast.eventlog.consumer.live", 1.0),
        ("cast.eventlog.outbox.age", 0.0),
        ("cast.eventlog.outbox.depth", 0.0),
        ("cast.eventlog.quarantined", 1.0),
        ("cast.eventlog.relay.active", 1.0),
        ("cast.eventlog.relay.head", 5.0),
        ("cast.eventlog.relay.published", 5.0),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    assert_eq!(collected(&provider, &exporter), expected);

    consumer.stop().await;
    relay.stop().await;
    let gone = collected(&provider, &exporter);
    assert_eq!(
        gone,
        BTreeMap::from([
            ("cast.eventlog.consumer.active".to_owned(), 0.0),
            ("cast.eventlog.relay.active".to_owned(), 0.0)
        ])
    );
}
