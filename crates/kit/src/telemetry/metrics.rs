//! What an operator sees of the chassis, through the global OpenTelemetry meter:
//!
//! | name | unit | attributes | |
//! |---|---|---|---|
//! | `rpc.server.duration` | s | rpc.service, rpc.method, rpc.grpc.status_code | rate, errors and duration of every method |
//! | `rpc.server.active_requests` | calls | | being worked on now |
//! | `db.client.connection.wait_time` | s | | waited for a connection of the pool |
//! | `db.client.connection.count` | connections | state (idle, used) | of the pool |
//! | `cast.worker.restarts` | count | worker | a background loop ended or panicked and was started again |

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram, Meter, UpDownCounter},
};
use sqlx::PgPool;
use tonic::Code;

fn meter() -> Meter {
    global::meter("cast.kit")
}

/// From half a millisecond to the deadline.
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

static RESTARTS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.worker.restarts")
        .with_description("Background loops that ended too early and were started again")
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

pub(crate) fn pool_wait(waited: Duration) {
    POOL_WAIT.record(waited.as_secs_f64(), &[]);
}

pub(crate) fn worker_restarted(name: &'static str) {
    RESTARTS.add(1, &[KeyValue::new("worker", name)]);
}

/// Reports the size of a pool whenever metrics are collected.
pub(crate) fn watch_pool(pool: PgPool) {
    meter()
        .u64_observable_gauge("db.client.connection.count")
        .with_description("Connections of the database pool")
        .with_callback(move |observer| {
            let idle = pool.num_idle().min(pool.size() as usize) as u64;
            let used = u64::from(pool.size()) - idle;
            observer.observe(idle, &[KeyValue::new("state", "idle")]);
            observer.observe(used, &[KeyValue::new("state", "used")]);
        })
        .build();
}
