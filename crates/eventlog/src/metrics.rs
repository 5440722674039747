//! Metrics, on the global OpenTelemetry meter:
//!
//! | name | unit | attributes | |
//! |---|---|---|---|
//! | `cast.eventlog.outbox.depth` | events | source | waiting to be logged; reported by every replica |
//! | `cast.eventlog.outbox.age` | s | source | wait of the oldest; alert when it grows: no relay works |
//! | `cast.eventlog.relay.active` | 0 or 1 | source | 1 in exactly one replica |
//! | `cast.eventlog.relay.head` | position | source | last position assigned |
//! | `cast.eventlog.relay.published` | position | source | last position that NATS acknowledged |
//! | `cast.eventlog.publish.errors` | count | source | publishing failed and was retried |
//! | `cast.eventlog.consumer.active` | 0 or 1 | consumer, source | 1 in exactly one replica |
//! | `cast.eventlog.consumer.checkpoint` | position | consumer, source | last position applied |
//! | `cast.eventlog.consumer.lag` | events | consumer, source | behind the head |
//! | `cast.eventlog.consumer.diverged` | 0 or 1 | consumer, source | alert when 1: the log of the source is not the one that was applied |
//! | `cast.eventlog.consumer.live` | 0 or 1 | consumer, source | whether NATS delivers |
//! | `cast.eventlog.messages.refused` | count | source | messages without a valid seal; alert when it grows: an unauthorised client writes to NATS |
//! | `cast.eventlog.quarantined` | events | consumer, source | in quarantine; alert when not 0 |

use std::sync::LazyLock;

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Meter},
};
use tokio::sync::watch::Receiver;

use crate::{
    lease::Role,
    status::{ConsumerStatus, RelayStatus},
};

fn meter() -> Meter {
    global::meter("cast.eventlog")
}

static PUBLISH_ERRORS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.eventlog.publish.errors")
        .with_description("Publishing to NATS failed and was tried again")
        .build()
});

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.eventlog.messages.refused")
        .with_description("Messages without the seal of their source, ignored")
        .build()
});

pub(crate) fn refused(source: &str) {
    REFUSED.add(1, &[KeyValue::new("source", source.to_owned())]);
}

pub(crate) fn publish_failed(source: &'static str) {
    PUBLISH_ERRORS.add(1, &[KeyValue::new("source", source)]);
}

/// Reports `value` of the status at each collection; `None` omits it.
fn gauge<S: Send + Sync + 'static>(
    name: &'static str,
    unit: &'static str,
    attributes: &[KeyValue],
    status: &Receiver<S>,
    value: fn(&S) -> Option<f64>,
) {
    let (status, attributes) = (status.clone(), attributes.to_vec());
    meter()
        .f64_observable_gauge(name)
        .with_unit(unit)
        .with_callback(move |observer| {
            if let Some(value) = value(&status.borrow()) {
                observer.observe(value, &attributes);
            }
        })
        .build();
}

pub(crate) fn observe_relay(source: &'static str, status: Receiver<RelayStatus>) {
    // An alert must distinguish zero from absent.
    PUBLISH_ERRORS.add(0, &[KeyValue::new("source", source)]);
    let attributes = [KeyValue::new("source", source)];
    let gauge = |name, unit, value| gauge(name, unit, &attributes, &status, value);
    gauge("cast.eventlog.outbox.depth", "{event}", |s| {
        (s.role != Role::Offline).then_some(s.outbox_depth as f64)
    });
    gauge("cast.eventlog.outbox.age", "s", |s| {
        (s.role != Role::Offline).then_some(s.outbox_age.as_secs_f64())
    });
    gauge("cast.eventlog.relay.active", "", |s| {
        Some(f64::from(s.role == Role::Active))
    });
    gauge("cast.eventlog.relay.head", "{event}", |s| {
        (s.role == Role::Active).then_some(s.head as f64)
    });
    gauge("cast.eventlog.relay.published", "{event}", |s| {
        (s.role == Role::Active).then_some(s.published as f64)
    });
}

pub(crate) fn observe_consumer(
    consumer: &'static str,
    source: &str,
    status: Receiver<ConsumerStatus>,
) {
    REFUSED.add(0, &[KeyValue::new("source", source.to_owned())]);
    let attributes = [
        KeyValue::new("consumer", consumer),
        KeyValue::new("source", source.to_owned()),
    ];
    let gauge = |name, unit, value| gauge(name, unit, &attributes, &status, value);
    gauge("cast.eventlog.consumer.active", "", |s| {
        Some(f64::from(s.role == Role::Active))
    });
    gauge("cast.eventlog.consumer.checkpoint", "{event}", |s| {
        (s.role == Role::Active).then_some(s.checkpoint as f64)
    });
    gauge("cast.eventlog.consumer.lag", "{event}", |s| {
        (s.role == Role::Active).then_some(s.lag() as f64)
    });
    gauge("cast.eventlog.consumer.live", "", |s| {
        (s.role == Role::Active).then_some(f64::from(s.live))
    });
    gauge("cast.eventlog.consumer.diverged", "", |s| {
        (s.role == Role::Active).then_some(f64::from(s.diverged))
    });
    gauge("cast.eventlog.quarantined", "{event}", |s| {
        (s.role == Role::Active).then_some(s.quarantined as f64)
    });
}
