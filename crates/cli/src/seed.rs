//! `cast seed`: synthetic people, memberships, activities and registrations at any scale.
//!
//! The program `demo` writes them into the database of each service; the other services consume the resulting events as
//! usual.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use platform::{Platform, Service, workspace};
use tokio::process::Command;

use crate::{build, here};

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// Number of people, and roughly of memberships and registrations; in thousands, up to 10,000,000
    #[arg(long)]
    scale: u64,
    /// Use the optimised programs: a longer build, then about three times as fast
    #[arg(long)]
    release: bool,
}

/// Fills the running platform up to this scale.
pub async fn run(arguments: Arguments) -> Result<()> {
    let addresses = here::running()?;
    let programs = build::services(arguments.release)?;
    for service in Service::with_demo() {
        let command =
            platform::populate(&addresses, &programs, service, &seeds(), arguments.scale)?;
        let begun = Instant::now();
        let status = Command::from(command).status().await?;
        if !status.success() {
            bail!("{service} could not be filled ({status})");
        }
        say(service, begun.elapsed());
    }
    println!(
        "{} people up to scientist-{}@example.org, password {}. The cockpit counts them within the next minutes.",
        arguments.scale,
        arguments.scale.saturating_sub(1),
        synthetic::PASSWORD
    );
    Ok(())
}

/// Fills a private platform and waits until its services have consumed each other's events. Returns the time of each.
pub async fn fill(platform: &Platform, scale: u64) -> Result<Vec<(Service, Duration)>> {
    // Sequential, so that nothing else runs meanwhile.
    for service in Service::with_demo() {
        platform.stop_service(service).await?;
    }
    let mut took = Vec::new();
    for service in Service::with_demo() {
        println!("filling {service} …");
        let begun = Instant::now();
        platform.populate(service, &seeds(), scale).await?;
        say(service, begun.elapsed());
        took.push((service, begun.elapsed()));
    }
    for service in Service::with_demo() {
        platform.start_service(service).await?;
    }
    println!("waiting until the services have heard each other …");
    let begun = Instant::now();
    while let Err(error) = platform.settled().await {
        // Each attempt takes a minute.
        if begun.elapsed() > SEED_TIMEOUT {
            return Err(error);
        }
    }
    println!("  heard in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(took)
}

/// Ten million people are some 70 million events, each consumed by up to three services.
const SEED_TIMEOUT: Duration = Duration::from_secs(3 * 3600);

fn seeds() -> PathBuf {
    workspace().join("seeds")
}

fn say(service: Service, took: Duration) {
    println!(
        "  {:<12}filled in {:.1} s",
        service.name(),
        took.as_secs_f64()
    );
}
