//! Fills a platform, and measures how many rows its services write.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use platform::{Platform, Service, workspace};

use super::database;

/// The amount of one kind of rows and the time.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub rows: i64,
    pub took: Duration,
}

impl Written {
    /// Rows per second.
    pub fn per_second(self) -> f64 {
        self.rows as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Fills the platform, and returns what each service has written; omits services that were already full.
pub async fn fill(platform: &Platform, scale: u64) -> Result<Vec<(Service, Written)>> {
    let mut before = Vec::new();
    for service in Service::with_demo() {
        before.push(rows(platform, service).await?);
    }
    let took = populate(platform, scale).await?;
    let mut written = Vec::new();
    for ((service, took), before) in took.into_iter().zip(before) {
        let rows = rows(platform, service).await? - before;
        if rows > 0 {
            written.push((service, Written { rows, took }));
        }
    }
    Ok(written)
}

async fn rows(platform: &Platform, service: Service) -> Result<i64> {
    let tables: &[&str] = match service {
        Service::Identity => &["persons", "documents", "accounts", "addresses"],
        Service::Membership => &[
            "consents",
            "applications",
            "application_steps",
            "memberships",
            "membership_steps",
        ],
        Service::Events => &["activities", "seats", "registrations", "credits"],
        Service::Cockpit | Service::Gateway => &[],
    };
    let url = platform.database_url(service).context("no database")?;
    let mut rows = database::count(url, "eventlog.event_log").await?;
    for table in tables {
        rows += database::count(url, table).await?;
    }
    Ok(rows)
}

/// Fills a private platform and waits until its services have consumed each other's events. Returns the time of each.
async fn populate(platform: &Platform, scale: u64) -> Result<Vec<(Service, Duration)>> {
    // Sequential, so that nothing else runs meanwhile.
    for service in Service::with_demo() {
        platform.stop_service(service).await?;
    }
    let seeds = workspace().join("seeds");
    let mut took = Vec::new();
    for service in Service::with_demo() {
        println!("filling {service} …");
        let begun = Instant::now();
        platform.populate(service, &seeds, scale).await?;
        println!("  filled in {:.1} s", begun.elapsed().as_secs_f64());
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
