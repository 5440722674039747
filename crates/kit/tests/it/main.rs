//! The chassis on a real PostgreSQL and NATS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod audit;
mod copies;
mod lifecycle;
mod migrations;
mod once;
mod rooms;
mod server;
mod telemetry;
mod tokens;
mod world;
