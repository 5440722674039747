//! The chassis on a real PostgreSQL and NATS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod access;
mod audit;
mod calls;
mod copies;
mod lifecycle;
mod methods;
mod migrations;
mod once;
mod rights;
mod server;
mod telemetry;
mod tokens;
mod world;
