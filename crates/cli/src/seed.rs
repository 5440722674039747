//! `cast seed`: synthetic people, memberships, activities and registrations at any scale.
//!
//! The program `demo` writes them into the database of each service; the other services consume the resulting events as
//! usual.

use std::time::Instant;

use anyhow::{Result, bail};
use platform::{Service, build, here, workspace};
use tokio::process::Command;

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
    let seeds = workspace().join("seeds");
    for service in Service::with_demo() {
        let command = platform::populate(&addresses, &programs, service, &seeds, arguments.scale)?;
        let begun = Instant::now();
        let status = Command::from(command).status().await?;
        if !status.success() {
            bail!("{service} could not be filled ({status})");
        }
        println!(
            "  {:<12}filled in {:.1} s",
            service.name(),
            begun.elapsed().as_secs_f64()
        );
    }
    println!(
        "{} people up to scientist-{}@example.org, password {}. The cockpit counts them within the next minutes.",
        arguments.scale,
        arguments.scale.saturating_sub(1),
        synthetic::PASSWORD
    );
    Ok(())
}
