use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient::clock::Clock;
use opentelemetry::{KeyValue, global, metrics::Counter};
use sqlx::PgPool;

use crate::{
    rules::Next,
    store::{self, Backlog},
};

/// How often the table is looked at.
pub const PERIOD: Duration = Duration::from_secs(10);

/// What the metrics of a queue are called.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The meter, e.g. `cast.identity`.
    pub meter: &'static str,
    /// What the names begin with, e.g. `cast.identity.deliveries`.
    pub prefix: &'static str,
    /// What an operator calls a job that is done, e.g. `sent`.
    pub done: &'static str,
}

/// What an operator sees of some kinds of jobs, through the global OpenTelemetry meter. Cheap to clone.
///
/// | name | unit | attributes | |
/// |---|---|---|---|
/// | `<prefix>.waiting` | jobs | kind | that are to be done; reported by every replica |
/// | `<prefix>.age` | s | kind | wait of the oldest of them |
/// | `<prefix>.dead` | jobs | kind | that were given up and not yet swept away; reported by every replica |
/// | `<prefix>.tries` | count | kind, outcome (done, failed, given_up) | |
#[derive(Clone, Debug)]
pub struct Metrics {
    names: Names,
    kinds: Arc<[&'static str]>,
    tries: Counter<u64>,
    backlogs: Arc<Mutex<Vec<(&'static str, Backlog)>>>,
}

impl Metrics {
    /// Of these kinds.
    pub fn new(names: Names, kinds: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            tries: global::meter(names.meter)
                .u64_counter(format!("{}.tries", names.prefix))
                .with_description("Tries of jobs, by how they ended")
                .build(),
            names,
            kinds: kinds.into_iter().collect(),
            backlogs: Arc::default(),
        }
    }

    /// Reports the backlog that was found last whenever metrics are collected, and the counters from 0. Once in a process.
    pub fn register(&self) {
        for kind in self.kinds.iter() {
            for outcome in [self.names.done, "failed", "given_up"] {
                self.tries.add(0, &attributes(kind, outcome));
            }
        }
        let gauge = |name: &str, unit, description, value: fn(&Backlog) -> f64| {
            let backlogs = Arc::clone(&self.backlogs);
            global::meter(self.names.meter)
                .f64_observable_gauge(format!("{}.{name}", self.names.prefix))
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    for (kind, backlog) in backlogs
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .iter()
                    {
                        observer.observe(value(backlog), &[KeyValue::new("kind", *kind)]);
                    }
                })
                .build();
        };
        gauge("waiting", "", "Jobs that are to be done", |backlog| {
            backlog.waiting as f64
        });
        gauge(
            "age",
            "s",
            "Time that the oldest job has waited",
            |backlog| backlog.age,
        );
        gauge("dead", "", "Jobs that were given up", |backlog| {
            backlog.dead as f64
        });
    }

    /// Counts the jobs in the table. Call it every [`PERIOD`].
    pub async fn refresh(&self, pool: &PgPool, clock: &Clock) -> Result<(), sqlx::Error> {
        let mut conn = database::acquire(pool).await?;
        let mut found = Vec::new();
        for kind in self.kinds.iter() {
            found.push((*kind, store::backlog(&mut conn, kind, clock.now()).await?));
        }
        *self.backlogs.lock().unwrap_or_else(PoisonError::into_inner) = found;
        Ok(())
    }

    pub(crate) fn tried(&self, kind: &'static str, next: &Next) {
        let outcome = match next {
            Next::Done => self.names.done,
            Next::Again(..) => "failed",
            Next::Dead(_) => "given_up",
        };
        self.tries.add(1, &attributes(kind, outcome));
    }
}

fn attributes(kind: &'static str, outcome: &'static str) -> [KeyValue; 2] {
    [
        KeyValue::new("kind", kind),
        KeyValue::new("outcome", outcome),
    ]
}
