//! The life cycle of a service: parts, startup, background work, shutdown.

pub mod admin;
mod chassis;
mod commands;
pub mod demo;
mod migrations;
mod serve;
mod worker;

use std::{path::Path, sync::Arc};

use eventlog::Handler;

use crate::{access::KeySource, server::Routes};

pub use chassis::{Chassis, IdentityKeys, nats};
pub use commands::{KeyChange, install_crypto, run};
pub use migrations::{migrate, migrate_service, pending};
pub use serve::{Listeners, serve, until_signal};
pub use worker::Worker;

/// A service: how it is migrated and filled, and, once started, what it serves and runs. The chassis does the rest.
#[async_trait::async_trait]
pub trait Service: Sized + Send + Sync + 'static {
    /// E.g. `identity`: the name in its event log, metrics and internal tokens.
    const NAME: &'static str;

    /// Its own settings besides [`config::Settings`](crate::config::Settings), from the same file and environment. A
    /// field `smtp_host` is the variable `CAST_SMTP_HOST`. Use `SecretString` for secrets.
    type Settings: serde::de::DeserializeOwned + Send + Sync + 'static;

    /// `sqlx::migrate!()`.
    fn migrator() -> sqlx::migrate::Migrator;

    /// The schemas of the libraries that keep something in its database (`files`), migrated before its own.
    fn schemas() -> Vec<&'static sqlx::migrate::Migrator> {
        Vec::new()
    }

    /// Loads reference data from a folder. Idempotent.
    async fn seed(chassis: &Chassis<Self::Settings>, seeds: &Path) -> anyhow::Result<()> {
        let _ = (chassis, seeds);
        Ok(())
    }

    /// Changes the keys that it signs with.
    async fn change_keys(
        chassis: &Chassis<Self::Settings>,
        change: &KeyChange,
    ) -> anyhow::Result<()> {
        let _ = (chassis, change);
        anyhow::bail!("{} signs with no key of its own", Self::NAME)
    }

    /// Puts the running service together. Settings that cannot work are an error here, before the first call.
    async fn start(chassis: &Chassis<Self::Settings>) -> anyhow::Result<Self>;

    /// Its gRPC services.
    fn routes(&self) -> Routes;

    /// Its background workers.
    fn workers(&self) -> Vec<Worker> {
        Vec::new()
    }

    /// Its handlers for the events of other services: source and handler. The chassis maintains the copies that access
    /// decisions need.
    fn handlers(&self) -> Vec<(&'static str, Arc<dyn Handler>)> {
        Vec::new()
    }

    /// The source of the keys that verify access tokens; `None`: identity, over gRPC. Identity provides its own.
    fn key_source(&self) -> Option<Arc<dyn KeySource>> {
        None
    }
}
