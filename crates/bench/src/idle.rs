//! Resident memory of the services, of PostgreSQL and of NATS: idle, and the maximum during each of the other scenarios
//! of the same run.

use std::time::Duration;

use anyhow::{Context as _, Result};
use platform::Service;

use super::{figure::Figure, memory::Watched, stage::Stage};

/// The scenario: reports the measurements during the others, and restarts everything to measure it idle.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let platform = &stage.platform;
    let (postgres, nats) = (platform.postgres(), platform.nats());
    postgres
        .context("PostgreSQL is not ours")?
        .restart()
        .await?;
    let nats = nats.context("NATS is not ours")?;
    nats.stop().await?;
    nats.start_again().await?;
    for service in Service::ALL {
        platform.stop_service(service).await?;
        platform.start_service(service).await?;
    }
    platform.settled().await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut figures = Vec::new();
    for process in Watched::all(platform) {
        let idle = process.resident_mib()?;
        figures.push(
            Figure::new(format!("{}, just started", process.name), "MiB", vec![idle])
                .seen(stage.memory.most_of(process.name)),
        );
    }
    Ok(figures)
}
