//! Identity as a service of the platform.

use std::{path::Path, sync::Arc};

use crate::{
    Parts,
    codes::rules::MOST_AN_ORIGIN,
    credentials::hasher::Hasher,
    deliveries::{
        Transports, WakeUp,
        metrics::{self, Backlog},
        worker::Sender,
    },
    keys::{Published, Signing},
    seed::{self, Seeder},
    session_tokens::Tokens,
    settings::Settings,
    sweep,
};
use kit::{Chassis, KeyChange, Routes, Worker, access::KeySource, lifecycle::demo::Demo};

/// The service. `main` runs it.
pub struct Service {
    parts: Parts,
    transports: Transports,
}

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "identity";
    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    async fn change_keys(chassis: &Chassis<Settings>, change: &KeyChange) -> anyhow::Result<()> {
        let signing = Signing::load(&chassis.db, &chassis.keys, &chassis.clock).await?;
        signing::change(&signing.keyrings(), change).await
    }

    async fn start(chassis: &Chassis<Settings>) -> anyhow::Result<Self> {
        let own = &chassis.own;
        Ok(Self {
            transports: own.transports(&chassis.settings)?,
            parts: Parts {
                db: chassis.db.clone(),
                keys: chassis.keys.clone(),
                clock: chassis.clock.clone(),
                issuer: chassis.settings.public_url.clone(),
                hasher: Hasher::start()?,
                signing: Signing::load(&chassis.db, &chassis.keys, &chassis.clock).await?,
                tokens: Tokens::default(),
                verifier: own.verifier(&chassis.settings)?,
                deliveries: WakeUp::default(),
                code_queues: Arc::default(),
                codes_per_origin: own.codes_per_origin.unwrap_or(MOST_AN_ORIGIN),
            },
        })
    }

    fn routes(&self) -> Routes {
        self.parts.routes()
    }

    fn workers(&self) -> Vec<Worker> {
        let sender = Sender {
            db: self.parts.db.clone(),
            keys: self.parts.keys.clone(),
            clock: self.parts.clock.clone(),
            transports: self.transports.clone(),
            wake_up: self.parts.deliveries.clone(),
        };
        let (db, clock) = (self.parts.db.clone(), self.parts.clock.clone());
        let (counting, sweeping) = ((db.clone(), clock.clone()), (db, clock));
        let backlog = Backlog::default();
        backlog.register();
        let keyrings = self.parts.signing.keyrings().to_vec();
        vec![
            signing::worker("identity.signing-keys", keyrings),
            Worker::new("identity.deliveries", move |stop| {
                let sender = sender.clone();
                async move {
                    sender.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("identity.deliveries.count", metrics::PERIOD, move || {
                let ((db, clock), backlog) = (counting.clone(), backlog.clone());
                async move { backlog.refresh(&db, &clock).await }
            }),
            Worker::every("identity.sweep", sweep::PERIOD, move || {
                let (db, clock) = sweeping.clone();
                async move { sweep::once(&db, clock.now()).await }
            }),
        ]
    }

    fn key_source(&self) -> Option<Arc<dyn KeySource>> {
        // Identity does not call itself over the network.
        Some(Arc::new(Published(self.parts.db.clone())))
    }
}

#[async_trait::async_trait]
impl Demo for Service {
    async fn demo(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        seed::load(&seeder(chassis)?, seeds).await
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&seeder(chassis)?, seeds, scale).await
    }
}

fn seeder(chassis: &Chassis<Settings>) -> anyhow::Result<Seeder> {
    Ok(Seeder {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
        hasher: Hasher::start()?,
    })
}
