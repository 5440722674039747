//! A queue of jobs in a service's own PostgreSQL: work that has to be done outside of the request that causes it,
//! **at least once, and never by two workers within one lease**.
//!
//! ```text
//! queued ──claimed──▶ running ──▶ done (payload erased)
//!  ▲  ▲                 │  │└──refused, too often, too late──▶ dead ──retried──▶ queued
//!  │  └──failed, lease over│
//!  └─resumed── paused ◀────┘                  any of the first three ──▶ cancelled (payload erased)
//! ```
//!
//! * A command calls [`enqueue`], or [`enqueue_all`] for many and for later, in its own transaction and [`WakeUp::notify`] after the commit. The same idempotency key
//!   again is no second job.
//! * A [`Worker`] claims what is due, runs it through the [`Handler`] of its [`Kind`] and reports how it ended. Any number of
//!   workers may run.
//! * A claim is a lease with a number, the fence. A worker that dies, hangs or panics loses its lease, and another one
//!   tries; its own report is refused then. The pauses between tries, their number and the time-out are the kind's
//!   [`Policy`].
//! * Jobs that are left by [`enqueue_in_lanes`] share the places of a worker: those of one lane hold a quarter of them at most, so that a site
//!   that hangs keeps the jobs of the others waiting no longer.
//! * A long job reports [progress](Run::progress), which renews its lease.
//! * Operators list, pause, resume, cancel and retry jobs, and pause kinds: [`operate`].
//! * The payload is opaque: the module that owns the kind seals it. Errors that are kept must not hold personal data.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod handler;
mod lanes;
mod metrics;
mod rules;
mod state;
pub mod store;
mod wake_up;
mod worker;

use sqlx::migrate::Migrator;

pub use handler::{Handler, Kind, Run};
pub use metrics::{Metrics, Names, PERIOD};
pub use rules::{Next, Outcome, Policy};
pub use state::State;
pub use store::{Claimed, NewJob, Report, enqueue, enqueue_all, enqueue_in_lanes, operate, sweep};
pub use wake_up::WakeUp;
pub use worker::Worker;

/// Creates or updates the schema `jobs` in the database of a service.
pub static MIGRATOR: Migrator = sqlx::migrate!();
