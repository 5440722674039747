//! What tests stand on: real PostgreSQL databases, real NATS servers.
//!
//! Nothing here returns an error: a test without its servers cannot say anything, so it panics with the reason.
#![allow(clippy::expect_used, clippy::panic)]

mod database;

pub use database::{Database, database};
pub use platform::{Nats, Postgres, Scratch, free_port};

/// A NATS server with JetStream for this test alone, to stop, start and wipe. It vanishes with the value.
pub async fn nats() -> Nats {
    Nats::throwaway()
        .await
        .expect("a private NATS server starts")
}

/// A PostgreSQL server for this test alone, to stop, kill and restart. It vanishes with the value. For everything that
/// does not disturb the server, [`database`] is much quicker.
pub async fn private_postgres() -> Postgres {
    Postgres::throwaway()
        .await
        .expect("a private PostgreSQL server starts")
}
