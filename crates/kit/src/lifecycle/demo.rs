//! Made-up data of a development platform, loaded by a program of its own.

use std::path::Path;

use anyhow::Context as _;

use super::{Chassis, Service, commands};
use crate::config;

/// A service that can be filled with made-up people and what they do.
#[async_trait::async_trait]
pub trait Demo: Service {
    /// Loads the demo data of a folder. Idempotent.
    async fn demo(chassis: &Chassis<Self::Settings>, seeds: &Path) -> anyhow::Result<()> {
        let _ = (chassis, seeds);
        Ok(())
    }

    /// Fills the database with synthetic people, up to `scale` of them, and their activity. Idempotent: adds only what
    /// is missing.
    async fn populate(
        chassis: &Chassis<Self::Settings>,
        seeds: &Path,
        scale: u64,
    ) -> anyhow::Result<()>;
}

/// Loads the demo data, or this many synthetic people. Refused in production.
pub fn fill<T: Demo>(
    config: Option<&Path>,
    seeds: &Path,
    scale: Option<u64>,
) -> anyhow::Result<()> {
    let (settings, own) = config::load::<T::Settings>(config)?;
    anyhow::ensure!(
        !settings.is_production(),
        "made-up people are refused in production"
    );
    commands::within::<T>(settings, async |settings, _| {
        let chassis = commands::connect::<T>(settings, own).await?;
        match scale {
            None => T::demo(&chassis, seeds).await,
            Some(scale) => T::populate(&chassis, seeds, scale).await,
        }
        .with_context(|| format!("loading from {}", seeds.display()))?;
        tracing::info!(service = T::NAME, "filled");
        Ok(())
    })
}
