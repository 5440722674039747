//! The life of a service: what it is made of, how it starts, what it does in the background, how it stops.

pub mod admin;
mod chassis;
mod commands;
mod migrations;
mod serve;
mod worker;

use std::{path::Path, sync::Arc};

use eventlog::Handler;

use crate::{access::KeySource, server::Routes};

pub use chassis::{Chassis, IdentityKeys, nats};
pub use commands::{install_crypto, run};
pub use migrations::{migrate, pending};
pub use serve::{Listeners, serve, until_signal};
pub use worker::Worker;

/// What a service says about itself; the chassis does the rest.
#[async_trait::async_trait]
pub trait Service: Sized + Send + Sync + 'static {
    /// E.g. `identity`: name of its event log, of its metrics, and in internal tokens.
    const NAME: &'static str;

    /// Its own settings besides [`config::Settings`](crate::config::Settings), from the same file and environment. A field `smtp_host` is the
    /// variable `CAST_SMTP_HOST`. Use `SecretString` for secrets.
    type Settings: serde::de::DeserializeOwned + Send + Sync + 'static;

    /// `sqlx::migrate!()`.
    fn migrator() -> sqlx::migrate::Migrator;

    /// Loads reference and demo data from a folder. Doing it again changes nothing.
    async fn seed(chassis: &Chassis<Self::Settings>, seeds: &Path) -> anyhow::Result<()> {
        let _ = (chassis, seeds);
        Ok(())
    }

    /// Fills the database with made-up people, up to `scale` of them, and what they do. Doing it again enters what is missing. Never called
    /// in production.
    async fn populate(
        chassis: &Chassis<Self::Settings>,
        seeds: &Path,
        scale: u64,
    ) -> anyhow::Result<()> {
        let _ = (chassis, seeds, scale);
        Ok(())
    }

    /// Its gRPC services.
    async fn routes(chassis: &Chassis<Self::Settings>) -> anyhow::Result<Routes>;

    /// Its background loops.
    fn workers(chassis: &Chassis<Self::Settings>) -> Vec<Worker> {
        let _ = chassis;
        Vec::new()
    }

    /// What it does with the events of other services: source and handler. The copies that access decisions need are kept by
    /// the chassis.
    fn handlers(chassis: &Chassis<Self::Settings>) -> Vec<(&'static str, Arc<dyn Handler>)> {
        let _ = chassis;
        Vec::new()
    }

    /// Where the keys that verify access tokens come from; `None`: from identity, over gRPC. Identity gives its own.
    async fn key_source(
        chassis: &Chassis<Self::Settings>,
    ) -> anyhow::Result<Option<Arc<dyn KeySource>>> {
        let _ = chassis;
        Ok(None)
    }
}
