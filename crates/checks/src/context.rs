//! Resources shared by stages.

use anyhow::Result;
use platform::{Options, Platform, Postgres, workspace};

use super::arguments::Arguments;
use platform::build;

/// Servers, started on first use.
pub struct Context {
    arguments: Arguments,
    postgres: Option<Postgres>,
    platform: Option<Platform>,
}

impl Context {
    /// Without servers.
    pub fn new(arguments: Arguments) -> Self {
        Self {
            arguments,
            postgres: None,
            platform: None,
        }
    }

    /// The options.
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// A PostgreSQL server for all test programs.
    pub async fn postgres(&mut self) -> Result<&Postgres> {
        if self.postgres.is_none() {
            self.postgres = Some(Postgres::throwaway().await?);
        }
        self.postgres
            .as_ref()
            .ok_or_else(|| anyhow::anyhow!("no PostgreSQL"))
    }

    /// A platform for end-to-end tests.
    pub async fn platform(&mut self) -> Result<&Platform> {
        if self.platform.is_none() {
            self.platform = Some(start().await?);
        }
        self.platform
            .as_ref()
            .ok_or_else(|| anyhow::anyhow!("no platform"))
    }

    /// Stops the platform if there is one.
    pub async fn stop(self) -> Result<()> {
        match self.platform {
            Some(platform) => platform.stop().await,
            None => Ok(()),
        }
    }
}

/// A private platform on free ports.
async fn start() -> Result<Platform> {
    let programs = build::services(false)?;
    Platform::start(Options {
        home: None,
        programs,
        seeds: workspace().join("seeds"),
        postgres_url: None,
        nats_url: None,
        replicas: 1,
        people: None,
        // The fuzzer is a single, very busy visitor.
        environment: vec![("CAST_REQUESTS_PER_SECOND".to_owned(), "100000".to_owned())],
        progress: |step| println!("{step} …"),
    })
    .await
}
