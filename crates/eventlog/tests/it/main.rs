//! The event log on real PostgreSQL and NATS, under faults.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod chaos;
mod consumers;
mod grpc;
mod histories;
mod log;
mod metrics;
mod poison;
mod relays;
mod servers;
mod tracing_context;
mod world;
