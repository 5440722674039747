//! The cockpit on real PostgreSQL and NATS.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout
)]
#![allow(clippy::disallowed_methods, reason = "the server of a test answers")]

mod consuming;
mod days;
mod histories;
mod live;
mod projection;
mod provinces;
mod questions;
mod rebuilding;
mod rights;
mod seeds;
mod slices;
mod stage;
mod two_worlds;
mod world;
