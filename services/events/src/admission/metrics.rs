//! Metrics of admission, through the global OpenTelemetry meter:
//!
//! | name | unit | attributes | |
//! |---|---|---|---|
//! | `cast.events.admission.limit` | requests | | that may wait in this process |
//! | `cast.events.admission.waiting` | requests | | that wait for a seat |
//! | `cast.events.admission.desks` | queues | | activities with waiting requests |
//! | `cast.events.admission.batch` | requests | | decided in one transaction |
//! | `cast.events.admission.refused` | count | | refused because too many waited |

use std::sync::LazyLock;

use opentelemetry::{
    global,
    metrics::{Counter, Histogram, Meter},
};

fn meter() -> Meter {
    global::meter("cast.events")
}

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.events.admission.refused")
        .with_description("Requests for a seat refused because too many waited")
        .build()
});

static BATCH: LazyLock<Histogram<u64>> = LazyLock::new(|| {
    meter()
        .u64_histogram("cast.events.admission.batch")
        .with_description("Requests for a seat decided in one transaction")
        .with_boundaries(vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0])
        .build()
});

pub(super) fn refused() {
    REFUSED.add(1, &[]);
}

pub(super) fn batch(size: usize) {
    BATCH.record(size as u64, &[]);
}

/// Reports `counts` (waiting requests, queues) whenever metrics are collected, until it returns `None`.
pub(super) fn observe(
    limit: usize,
    counts: impl Fn() -> Option<(usize, usize)> + Clone + Send + Sync + 'static,
) {
    REFUSED.add(0, &[]);
    let gauge = |name, description, value: fn((usize, usize)) -> usize| {
        let counts = counts.clone();
        meter()
            .u64_observable_gauge(name)
            .with_description(description)
            .with_callback(move |observer| {
                if let Some(counts) = counts() {
                    observer.observe(value(counts) as u64, &[]);
                }
            })
            .build();
    };
    gauge(
        "cast.events.admission.waiting",
        "Requests that wait for a seat",
        |(waiting, _)| waiting,
    );
    gauge(
        "cast.events.admission.desks",
        "Activities with waiting requests",
        |(_, queues)| queues,
    );
    meter()
        .u64_observable_gauge("cast.events.admission.limit")
        .with_description("Requests for a seat that may wait")
        .with_callback(move |observer| observer.observe(limit as u64, &[]))
        .build();
}
