//! The metrics that an operator's dashboard receives.

use std::collections::BTreeMap;

use jobs::Outcome;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use time::Duration;

use crate::world::*;

/// Name, kind and outcome of what was collected last, with its value.
fn collected(
    provider: &SdkMeterProvider,
    exporter: &InMemoryMetricExporter,
) -> BTreeMap<String, f64> {
    exporter.reset();
    provider.force_flush().unwrap();
    let mut values = BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
            let mut add = |attributes: Vec<String>, value: f64| {
                values.insert(format!("{} {}", metric.name(), attributes.join(" ")), value);
            };
            match metric.data() {
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    for point in gauge.data_points() {
                        add(words(point.attributes()), point.value());
                    }
                }
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    for point in sum.data_points() {
                        add(words(point.attributes()), point.value() as f64);
                    }
                }
                _ => {}
            }
        }
    }
    values
}

fn words<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Vec<String> {
    let mut words: Vec<_> = attributes
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect();
    words.sort();
    words
}

#[tokio::test]
async fn tries_and_backlog_are_reported_for_each_kind() {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    // The only test of this program that sets it. Kinds of its own: tests that run beside it count too.
    opentelemetry::global::set_meter_provider(provider.clone());

    let world = World::new().await;
    let kinds = ["metered.good", "metered.bad"];
    let done = world.worker(&kinds, Always::new(Outcome::Done));
    done.metrics.register();
    let failing = world.worker(&["metered.bad"], Always::new(failed()));
    let refusing = Outcome::Refused("no".to_owned());
    let refusing = world.worker(&["metered.bad"], Always::new(refusing));

    world.enqueue("metered.good").await;
    world.enqueue("metered.good").await;
    done.run_due().await.unwrap();
    world.enqueue("metered.bad").await;
    failing.run_due().await.unwrap();
    world.wait(Duration::minutes(1));
    refusing.run_due().await.unwrap();
    world.enqueue("metered.bad").await;
    world.wait(Duration::seconds(7));
    done.metrics
        .refresh(&world.database.pool, &world.clock)
        .await
        .unwrap();

    let values = collected(&provider, &exporter);
    for (name, value) in [
        ("tries kind=metered.good outcome=done", 2.0),
        ("tries kind=metered.good outcome=failed", 0.0),
        ("tries kind=metered.bad outcome=failed", 1.0),
        ("tries kind=metered.bad outcome=given_up", 1.0),
        ("waiting kind=metered.good", 0.0),
        ("waiting kind=metered.bad", 1.0),
        ("age kind=metered.bad", 7.0),
        ("dead kind=metered.good", 0.0),
        ("dead kind=metered.bad", 1.0),
    ] {
        let found = values.get(&format!("cast.test.exports.{name}"));
        assert_eq!(found, Some(&value), "{name} of {values:?}");
    }
}
