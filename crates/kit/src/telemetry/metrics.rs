//! Metrics of the chassis, on the global OpenTelemetry meter:
//!
//! | name | unit | attributes | |
//! |---|---|---|---|
//! | `rpc.server.duration` | s | rpc.service, rpc.method, rpc.grpc.status_code | rate, errors and duration of every method |
//! | `rpc.server.active_requests` | calls | | not ended yet, open streams included |
//! | `cast.server.places.limit` | calls | | maximum number of concurrent calls |
//! | `cast.server.places.taken` | calls | | being processed |
//! | `cast.server.places.waiting` | calls | | waiting for a place |
//! | `cast.server.places.given_up` | count | | waited until their deadline: load that was shed |
//! | `db.client.connection.count` | connections | db.client.connection.pool.name, db.client.connection.state (idle, used) | |
//! | `db.client.connection.max` | connections | db.client.connection.pool.name | |
//! | `db.client.connection.wait_time` | s | db.client.connection.pool.name | waited for a connection |
//! | `db.client.connection.timeouts` | count | db.client.connection.pool.name | timed out waiting for a connection |
//! | `cast.access.clock.skew` | s | issuer | how far a service's clock is ahead of the local one (behind: negative), as far as its tokens show |
//! | `cast.access.services.refused` | count | | calls with an internal token that could not be verified |
//! | `cast.worker.restarts` | count | worker | a background worker ended or panicked and was restarted |

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter},
};
use sqlx::PgPool;
use tonic::Code;

fn meter() -> Meter {
    global::meter("cast.kit")
}

/// Buckets from half a millisecond to the deadline.
fn seconds() -> Vec<f64> {
    vec![
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    ]
}

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("rpc.server.duration")
        .with_unit("s")
        .with_description("Duration of calls, from the first byte to the last")
        .with_boundaries(seconds())
        .build()
});

static ACTIVE: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    meter()
        .i64_up_down_counter("rpc.server.active_requests")
        .with_description("Calls that are being worked on")
        .build()
});

static POOL_WAIT: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("db.client.connection.wait_time")
        .with_unit("s")
        .with_description("Time waited for a database connection")
        .with_boundaries(seconds())
        .build()
});

static POOL_TIMEOUTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("db.client.connection.timeouts")
        .with_description("Database connections that were waited for in vain")
        .build()
});

static WAITING: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    meter()
        .i64_up_down_counter("cast.server.places.waiting")
        .with_description("Calls that wait for a place")
        .build()
});

static TAKEN: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    meter()
        .i64_up_down_counter("cast.server.places.taken")
        .with_description("Calls that are being worked on")
        .build()
});

static GIVEN_UP: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.server.places.given_up")
        .with_description("Calls that ended while they waited for a place")
        .build()
});

static RESTARTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.worker.restarts")
        .with_description("Background loops that ended too early and were started again")
        .build()
});

static CLOCK_SKEW: LazyLock<Gauge<i64>> = LazyLock::new(|| {
    meter()
        .i64_gauge("cast.access.clock.skew")
        .with_unit("s")
        .with_description("How far the clock of a service is ahead of ours, or behind it")
        .build()
});

static SERVICE_REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.access.services.refused")
        .with_description("Calls whose service could not prove itself")
        .build()
});

pub(crate) fn call_started() {
    ACTIVE.add(1, &[]);
}

pub(crate) fn call_finished(service: &str, method: &str, code: Code, took: Duration) {
    ACTIVE.add(-1, &[]);
    let attributes = [
        KeyValue::new("rpc.service", service.to_owned()),
        KeyValue::new("rpc.method", method.to_owned()),
        KeyValue::new("rpc.grpc.status_code", i64::from(code as i32)),
    ];
    DURATION.record(took.as_secs_f64(), &attributes);
}

/// Reports the number of places, and initialises the related counters.
pub(crate) fn places(limit: usize) {
    SERVICE_REFUSED.add(0, &[]);
    WAITING.add(0, &[]);
    TAKEN.add(0, &[]);
    GIVEN_UP.add(0, &[]);
    meter()
        .u64_observable_gauge("cast.server.places.limit")
        .with_description("Calls that may be worked on at a time")
        .with_callback(move |observer| observer.observe(limit as u64, &[]))
        .build();
}

/// A call that waits for a place. If dropped before it is [`seated`](Self::seated), it is counted as given up.
pub(crate) struct Waits(bool);

impl Waits {
    pub(crate) fn begin() -> Self {
        WAITING.add(1, &[]);
        Self(false)
    }

    /// The call has a place until the response is dropped.
    pub(crate) fn seated(mut self) -> Works {
        self.0 = true;
        TAKEN.add(1, &[]);
        Works
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        WAITING.add(-1, &[]);
        if !self.0 {
            GIVEN_UP.add(1, &[]);
        }
    }
}

/// A call that is being processed.
pub(crate) struct Works;

impl Drop for Works {
    fn drop(&mut self) {
        TAKEN.add(-1, &[]);
    }
}

/// Records a verified internal token; `seconds` as in the metric.
pub(crate) fn clock_skew(issuer: &str, seconds: i64) {
    // The issuer is verified, so there are as many values as services.
    CLOCK_SKEW.record(seconds, &[KeyValue::new("issuer", issuer.to_owned())]);
}

/// Counts a call whose internal token could not be verified.
pub(crate) fn service_refused() {
    SERVICE_REFUSED.add(1, &[]);
}

/// The pool for calls; the other one is that of the event log.
const POOL: &str = "calls";

fn pool_name(name: &'static str) -> KeyValue {
    KeyValue::new("db.client.connection.pool.name", name)
}

/// Records a wait for a connection and its result.
pub(crate) fn pool_wait<T>(waited: Duration, got: &Result<T, sqlx::Error>) {
    let pool = [pool_name(POOL)];
    POOL_WAIT.record(waited.as_secs_f64(), &pool);
    if matches!(got, Err(sqlx::Error::PoolTimedOut)) {
        POOL_TIMEOUTS.add(1, &pool);
    }
}

/// Initialises the restart counter of a background worker.
pub(crate) fn worker_started(name: &'static str) {
    RESTARTS.add(0, &[KeyValue::new("worker", name)]);
}

pub(crate) fn worker_restarted(name: &'static str) {
    RESTARTS.add(1, &[KeyValue::new("worker", name)]);
}

/// Reports the sizes of the two pools whenever metrics are collected.
pub(crate) fn watch_pools(calls: &PgPool, event_log: &PgPool) {
    POOL_TIMEOUTS.add(0, &[pool_name(POOL)]);
    let pools = [(POOL, calls.clone()), ("event log", event_log.clone())];
    let counted = pools.clone();
    meter()
        .u64_observable_gauge("db.client.connection.count")
        .with_description("Connections of the database pool")
        .with_callback(move |observer| {
            for (name, pool) in &counted {
                let idle = pool.num_idle().min(pool.size() as usize) as u64;
                let used = u64::from(pool.size()) - idle;
                for (state, count) in [("idle", idle), ("used", used)] {
                    let state = KeyValue::new("db.client.connection.state", state);
                    observer.observe(count, &[pool_name(name), state]);
                }
            }
        })
        .build();
    meter()
        .u64_observable_gauge("db.client.connection.max")
        .with_description("Connections that the database pool may have")
        .with_callback(move |observer| {
            for (name, pool) in &pools {
                let most = pool.options().get_max_connections();
                observer.observe(u64::from(most), &[pool_name(name)]);
            }
        })
        .build();
}
