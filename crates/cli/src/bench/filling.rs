//! Making the data that the other scenarios stand on: how fast each service writes its made-up past, indexes, constraints, foreign keys and
//! the event log included. Beside it, the rows that pgbench loads into its own table by the same command of PostgreSQL (COPY), without
//! foreign keys or encryption and with one index made at the end.

use std::time::Duration;

use anyhow::{Context as _, Result};
use platform::{Platform, Service};

use super::{
    database,
    figure::{Figure, readable},
    stage::Stage,
};
use crate::seed;

/// How much of one kind was written in what time.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    pub rows: i64,
    pub took: Duration,
}

impl Written {
    fn per_second(self) -> f64 {
        self.rows as f64 / self.took.as_secs_f64().max(1e-9)
    }
}

/// Fills the platform, and says what each service has written; nothing of those that had everything.
pub async fn fill(platform: &Platform, scale: u64) -> Result<Vec<(Service, Written)>> {
    let mut before = Vec::new();
    for service in seed::FILLED {
        before.push(rows(platform, service).await?);
    }
    let took = seed::fill(platform, scale).await?;
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

/// The scenario: reports what the set-up has measured.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let plain = stage.pgbench_written.map(Written::per_second);
    let figures = stage.written.iter().map(|(service, written)| {
        let a_person = written.took.as_secs_f64() / stage.plan.scale as f64;
        let figure = Figure::new(
            format!("{service} seed --scale"),
            "rows/s",
            vec![written.per_second()],
        )
        .seen(format!(
            "{} rows in {:.1} s; 10,000,000 people would take {:.1} hours",
            readable(written.rows as f64),
            written.took.as_secs_f64(),
            a_person * 1e7 / 3600.0
        ))
        .bound("PostgreSQL keeps every index and checks every foreign key row by row; one connection, one batch after the other.");
        match plain {
            Some(plain) => figure.beside("pgbench -i", &[plain]),
            None => figure,
        }
    });
    Ok(figures.collect())
}
