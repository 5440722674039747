//! Two replicas of everything, behind fault-injecting proxies.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use testkit::{Nats, Platform, Postgres, Proxy, Service};

use super::{clock, disk::Disk};

pub const SERVICES: [Service; 4] = [
    Service::Identity,
    Service::Membership,
    Service::Events,
    Service::Cockpit,
];
pub const REPLICAS: usize = 2;

pub struct Stage {
    pub platform: Platform,
    pub postgres: Postgres,
    /// The database's disk, if it can be filled.
    pub disk: Option<Disk>,
    /// The library that falsifies clocks, if available.
    pub clock: Option<String>,
    pub database: Proxy,
    pub nats: Nats,
    pub wire: Proxy,
}

impl Stage {
    pub async fn new() -> Self {
        let disk = Disk::small();
        let postgres = match &disk {
            Some(disk) => testkit::postgres_in(disk.place()).await,
            None => testkit::private_postgres().await,
        };
        let clock = clock::library().map(|library| library.display().to_string());
        let nats = testkit::nats().await;
        let database = Proxy::to(&format!("127.0.0.1:{}", postgres.port())).await;
        let wire = Proxy::to(nats.url().trim_start_matches("nats://")).await;
        let through = |url: &str, at: &Proxy| {
            let mut url: url::Url = url.parse().unwrap();
            url.set_port(Some(at.address().port())).unwrap();
            url.to_string()
        };
        let platform = testkit::platform_on(
            through(&postgres.url("postgres"), &database),
            through(&nats.url(), &wire),
            REPLICAS,
            // One machine represents many visitors.
            &[("CAST_REQUESTS_PER_SECOND", "100000")],
        )
        .await;
        Self {
            platform,
            postgres,
            disk,
            clock,
            database,
            nats,
            wire,
        }
    }

    /// A connection without proxies and faults.
    pub async fn direct(&self, service: Service) -> Option<PgConnection> {
        let name: url::Url = self.platform.database_url(service)?.parse().ok()?;
        let url = self.postgres.url(name.path().trim_start_matches('/'));
        let connecting = PgConnection::connect(&url);
        tokio::time::timeout(Duration::from_secs(5), connecting)
            .await
            .ok()?
            .ok()
    }

    /// Everything runs and is ready.
    pub async fn calm(&self) {
        self.postgres.start_again().await.unwrap();
        self.nats.start_again().await.unwrap();
        for service in SERVICES.into_iter().chain([Service::Gateway]) {
            for replica in 0..REPLICAS {
                // Resumes paused replicas; running ones are not affected.
                let _ = self.platform.resume_replica(service, replica);
                self.platform.start_replica(service, replica).await.unwrap();
            }
        }
    }
}
