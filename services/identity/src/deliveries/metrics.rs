//! What an operator sees of the deliveries, through the global OpenTelemetry meter:
//!
//! | name | unit | attributes | |
//! |---|---|---|---|
//! | `cast.identity.deliveries.waiting` | messages | kind (sms, mail) | that are to be sent; reported by every replica |
//! | `cast.identity.deliveries.age` | s | kind | wait of the oldest of them |
//! | `cast.identity.deliveries.dead` | messages | kind | that were given up within the last 30 days; reported by every replica |
//! | `cast.identity.deliveries.tries` | count | kind, outcome (sent, failed, given_up) | |

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use kit::{clock::Clock, db::Db};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Meter},
};

use super::{
    Kind,
    rules::Next,
    store::{self, Unsent},
};

/// How often the table is looked at.
pub const PERIOD: Duration = Duration::from_secs(10);

fn meter() -> Meter {
    global::meter("cast.identity")
}

static TRIES: LazyLock<Counter<u64>> = LazyLock::new(|| {
    meter()
        .u64_counter("cast.identity.deliveries.tries")
        .with_description("Messages handed to a transport, by how it ended")
        .build()
});

pub(super) fn tried(kind: &str, next: &Next) {
    // What is stored is one of the two; anything else must not become a label.
    let Some(kind) = Kind::parse(kind) else {
        return;
    };
    let outcome = match next {
        Next::Sent => "sent",
        Next::Again(..) => "failed",
        Next::Dead(_) => "given_up",
    };
    TRIES.add(1, &[of(kind), KeyValue::new("outcome", outcome)]);
}

fn of(kind: Kind) -> KeyValue {
    KeyValue::new("kind", kind.as_str())
}

/// What was found last: for each kind of message. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<Mutex<Vec<(Kind, Unsent)>>>);

impl Backlog {
    /// Reports what was found whenever metrics are collected.
    pub fn register(&self) {
        for kind in Kind::ALL {
            for outcome in ["sent", "failed", "given_up"] {
                TRIES.add(0, &[of(kind), KeyValue::new("outcome", outcome)]);
            }
        }
        let gauge = |name, unit, description, value: fn(&Unsent) -> f64| {
            let backlog = self.clone();
            meter()
                .f64_observable_gauge(name)
                .with_unit(unit)
                .with_description(description)
                .with_callback(move |observer| {
                    for (kind, unsent) in backlog.lock().iter() {
                        observer.observe(value(unsent), &[of(*kind)]);
                    }
                })
                .build();
        };
        gauge(
            "cast.identity.deliveries.waiting",
            "",
            "Messages that are to be sent",
            |unsent| unsent.waiting as f64,
        );
        gauge(
            "cast.identity.deliveries.age",
            "s",
            "Time that the oldest message has waited",
            |unsent| unsent.age,
        );
        gauge(
            "cast.identity.deliveries.dead",
            "",
            "Messages that were given up",
            |unsent| unsent.dead as f64,
        );
    }

    /// Counts the rows of the table.
    pub async fn refresh(&self, db: &Db, clock: &Clock) -> anyhow::Result<()> {
        let mut conn = db.read().await?;
        let mut found = Vec::new();
        for kind in Kind::ALL {
            found.push((kind, store::unsent(&mut conn, kind, clock.now()).await?));
        }
        *self.lock() = found;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Kind, Unsent)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
