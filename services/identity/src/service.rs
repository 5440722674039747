//! Identity as a service of the platform.

use std::{path::Path, sync::Arc};

use crate::{
    Parts,
    codes::rules::MOST_AN_ORIGIN,
    credentials::hasher::Hasher,
    deliveries::{
        metrics::{self, Backlog},
        worker::Sender,
    },
    keys::{Published, Signing},
    seed::{self, Seeder},
    session_tokens::Tokens,
    settings::Settings,
    sweep,
};
use kit::{Chassis, Routes, Worker, access::KeySource};

/// The service. `main` runs it.
#[derive(Debug)]
pub struct Service;

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "identity";
    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    async fn seed(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        anyhow::ensure!(
            !chassis.settings.is_production(),
            "demo accounts are refused in production"
        );
        seed::load(&seeder(chassis)?, seeds).await
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&seeder(chassis)?, seeds, scale).await
    }

    async fn routes(chassis: &Chassis<Settings>) -> anyhow::Result<Routes> {
        Ok(parts(chassis).await?.routes())
    }

    fn workers(chassis: &Chassis<Settings>) -> Vec<Worker> {
        let sending = chassis.clone();
        let sweeping = chassis.clone();
        let (counting, backlog) = (chassis.clone(), Backlog::default());
        backlog.register();
        vec![
            Worker::new("identity.deliveries", move |stop| {
                let chassis = sending.clone();
                async move {
                    let sender = Sender {
                        db: chassis.db.clone(),
                        keys: chassis.keys.clone(),
                        clock: chassis.clock.clone(),
                        transports: chassis.own.transports(&chassis.settings)?,
                        wake_up: chassis.own.wake_up.clone(),
                    };
                    sender.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("identity.deliveries.count", metrics::PERIOD, move || {
                let (chassis, backlog) = (counting.clone(), backlog.clone());
                async move { backlog.refresh(&chassis.db, &chassis.clock).await }
            }),
            Worker::every("identity.sweep", sweep::PERIOD, move || {
                let chassis = sweeping.clone();
                async move { sweep::once(&chassis.db, chassis.clock.now()).await }
            }),
        ]
    }

    async fn key_source(chassis: &Chassis<Settings>) -> anyhow::Result<Option<Arc<dyn KeySource>>> {
        // Identity does not call itself over the network.
        Ok(Some(Arc::new(Published(chassis.db.clone()))))
    }
}

/// Settings that cannot work stop the service here, before it takes a call.
async fn parts(chassis: &Chassis<Settings>) -> anyhow::Result<Parts> {
    chassis.own.transports(&chassis.settings)?;
    Ok(Parts {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
        issuer: chassis.settings.public_url.clone(),
        hasher: Hasher::start()?,
        signing: Signing::load(&chassis.db, &chassis.keys, &chassis.clock).await?,
        tokens: Tokens::default(),
        verifier: chassis.own.verifier(&chassis.settings)?,
        deliveries: chassis.own.wake_up.clone(),
        code_queues: Arc::default(),
        codes_per_origin: chassis.own.codes_per_origin.unwrap_or(MOST_AN_ORIGIN),
    })
}

fn seeder(chassis: &Chassis<Settings>) -> anyhow::Result<Seeder> {
    Ok(Seeder {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
        hasher: Hasher::start()?,
    })
}
