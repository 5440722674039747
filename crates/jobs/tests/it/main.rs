//! The queue on real PostgreSQL.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "tests choose")]

mod faults;
mod leases;
mod metrics;
mod operators;
mod queue;
mod running;
mod world;
