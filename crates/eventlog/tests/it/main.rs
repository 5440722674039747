//! The event log on real PostgreSQL and NATS, and what becomes of it when things break.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

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
