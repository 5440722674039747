//! The gapless event log: **no event lost, none applied twice, order kept, all of it verifiable.**
//!
//! PostgreSQL is the source of truth, NATS the fast path.
//!
//! ```text
//! command ──┬─ state                    one transaction: append()
//!           └─ outbox ── Relay ── event_log (position 1, 2, 3 …) ── JetStream
//!                                    │                                │
//!                             EventLogService                         │
//!                                    │ gaps, start, rebuild           │ live
//!                                  Source ───────── Consumer ──────────┘
//!                                                      │  one transaction: lock checkpoint, Handler, move checkpoint
//!                                                      └─ quarantine
//! ```
//!
//! * A command calls [`append`] in its own transaction and [`Nudge::wake`] after the commit.
//! * One [`Relay`] per service moves the outbox into the log and publishes it.
//! * A [`Consumer`] drives a [`Handler`] with the events of one source, each exactly once and in order. It receives
//!   them from NATS and reads missed ones from the [`Source`], so NATS may lose, repeat and reorder messages.
//! * [`EventLogService`] serves the log to the other services.
//!
//! **Order.** Events of one aggregate are in the order in which their transactions locked the aggregate, provided that
//! every command locks the aggregate's row before it appends. Between aggregates there is an order (the position) that
//! all consumers share, but it may differ from that of the commits.
//!
//! **Quarantine.** An event that cannot be applied must neither stop the others nor be skipped silently. It goes into
//! the quarantine of its consumer, in the transaction that moves the checkpoint, and every later event of *the same
//! aggregate* is queued behind it, so that a replay applies them in order. Other aggregates continue. Handlers
//! therefore must not rely on the order between aggregates.
//!
//! **Authenticity.** A message carries the [seal](Seals) of its source; one without it is counted and ignored.
//!
//! **Divergence.** A consumer stores the id of the event it applied last. If the source has another event at that
//! position (it was restored from a backup, or failed over and lost commits), the consumer stops and reports it instead
//! of mixing two histories.
//!
//! **Connections.** The active relay holds two connections outside the pool (lock and work, LISTEN), a consumer one.
//! Locks are session locks: a pooler in transaction mode between service and PostgreSQL would break them.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod append;
mod apply;
mod consumer;
pub mod copy;
mod envelope;
mod event;
mod faults;
mod feed;
mod handler;
mod lease;
mod load;
mod metrics;
mod nudge;
mod publisher;
mod quarantine;
mod relay;
mod replay;
mod retry;
mod seal;
mod service;
mod settings;
mod source;
mod status;
mod store;
mod trace;
mod verify;

use std::time::Duration;

use sqlx::PgPool;

pub use append::{NewEvent, append, append_all};
pub use consumer::Consumer;
pub use envelope::{stream_name, subject};
pub use event::{ApplyError, Event};
#[doc(hidden)]
pub use faults::Faults;
pub use handler::Handler;
pub use lease::Role;
pub use load::{PastEvent, load};
pub use nudge::Nudge;
pub use relay::Relay;
pub use seal::Seals;
pub use service::EventLogService;
pub use settings::{ConsumerSettings, RelaySettings};
pub use source::{GrpcSource, LocalSource, Source, SourceError};
pub use status::{ConsumerStatus, RelayStatus};
pub use store::reset;
pub use trace::current_traceparent;
pub use verify::{Broken, verify};

/// Creates or updates the schema `eventlog` in the database of a service.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    sqlx::migrate!().run(pool).await
}

/// Options of a NATS client as this crate requires them: it connects in the background, also when NATS is not available
/// yet, and retries without limit. Add credentials and a name, then `connect`.
pub fn nats_options() -> async_nats::ConnectOptions {
    async_nats::ConnectOptions::new()
        .retry_on_initial_connect()
        .max_reconnects(None)
        .connection_timeout(Duration::from_secs(3))
        .request_timeout(Some(Duration::from_secs(3)))
        .ping_interval(Duration::from_secs(10))
        .reconnect_delay_callback(|attempt| {
            Duration::from_millis((100 * attempt as u64).min(2_000))
        })
}
