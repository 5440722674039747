//! Identity as a service of the platform.

use std::{path::Path, sync::Arc, time::Duration};

use crate::{
    Parts,
    codes::rules::MOST_AN_ORIGIN,
    credentials::hasher::Hasher,
    deliveries::{self, Transports, sender::Sender},
    grants,
    keys::{Published, Signing},
    logouts,
    memberships::{self, Memberships},
    notices::{
        asked::{self, Asked},
        outgoing::Outgoing,
        unread::Unread,
    },
    persons::{Registry, describing},
    seed::{self, Seeder},
    session_tokens::Tokens,
    settings::Settings,
    sign_on::client_authentication::ClientKeys,
    sweep,
};
use eventlog::Handler;
use jobs::WakeUp;
use kit::{
    Chassis, KeyChange, Routes, Worker, access::KeySource, lifecycle::demo::Demo, outside::Outside,
};

/// What replicas of the release before leave for their own worker is taken over after this.
const ADOPTION_PERIOD: Duration = Duration::from_millis(500);

/// How often it is looked whether grants break a rule.
const SEPARATION_PERIOD: Duration = Duration::from_secs(3600);

/// How often sites are told of sessions that nothing but time has ended, and requests that have ended so are thrown away.
const EXPIRY_PERIOD: Duration = Duration::from_secs(60);

/// The service. `main` runs it.
pub struct Service {
    parts: Parts,
    transports: Transports,
    outside: Outside,
    keys_sign_for: Option<time::Duration>,
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
        let outside = Outside::new(!chassis.settings.is_production())?;
        Ok(Self {
            transports: own.transports(&chassis.settings)?,
            outside: outside.clone(),
            keys_sign_for: own.keys_sign_for(),
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
                unread: Unread::new(chassis.db.clone(), chassis.clock.clone()),
                code_queues: Arc::default(),
                codes_per_origin: own.codes_per_origin.unwrap_or(MOST_AN_ORIGIN),
                development: !chassis.settings.is_production(),
                client_keys: ClientKeys::new(outside),
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
        }
        .worker();
        let (db, clock) = (self.parts.db.clone(), self.parts.clock.clone());
        let outgoing = Outgoing {
            db: db.clone(),
            keys: self.parts.keys.clone(),
            clock: clock.clone(),
            public_url: self.parts.issuer.clone(),
            transports: self.transports.clone(),
        }
        .worker();
        outgoing.metrics.register();
        let logouts = logouts::sender::Sender {
            db: db.clone(),
            clock: clock.clone(),
            signing: self.parts.signing.clone(),
            issuer: self.parts.issuer.clone(),
            keys: self.parts.keys.clone(),
            outside: self.outside.clone(),
        }
        .worker();
        logouts.metrics.register();
        let logouts_count = logouts.clone();
        let expiring = (db.clone(), clock.clone());
        let demands = expiring.clone();
        let (ending, separating) = (expiring.clone(), expiring.clone());
        let (outgoing_count, unread) = (outgoing.clone(), self.parts.unread.clone());
        let registry = Registry {
            keys: self.parts.keys.clone(),
        };
        let describing_with = (db.clone(), clock.clone(), registry);
        let (adopting, sweeping) = ((db.clone(), clock.clone()), (db, clock));
        let (counting, wake_up) = (sender.clone(), self.parts.deliveries.clone());
        sender.metrics.register();
        let keyrings = self.parts.signing.keyrings().to_vec();
        let scheduled = self.keys_sign_for.map(|signs_for| {
            signing::schedule("identity.signing-keys.due", keyrings.clone(), signs_for)
        });
        let mut workers = vec![
            signing::worker("identity.signing-keys", keyrings),
            Worker::new("identity.deliveries", move |stop| {
                let sender = sender.clone();
                async move {
                    sender.run(stop).await;
                    Ok(())
                }
            }),
            Worker::new("identity.notices", move |stop| {
                let outgoing = outgoing.clone();
                async move {
                    outgoing.run(stop).await;
                    Ok(())
                }
            }),
            Worker::new("identity.logouts", move |stop| {
                let logouts = logouts.clone();
                async move {
                    logouts.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("identity.logouts.count", jobs::PERIOD, move || {
                let worker = logouts_count.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::every("identity.logouts.expired", EXPIRY_PERIOD, move || {
                let (db, clock) = expiring.clone();
                async move { sweep::tell_of_expired(&db, clock.now()).await }
            }),
            Worker::every("identity.demands.sweep", EXPIRY_PERIOD, move || {
                let (db, clock) = demands.clone();
                async move { sweep::demands(&db, clock.now()).await }
            }),
            Worker::every("identity.grants.end", EXPIRY_PERIOD, move || {
                let (db, clock) = ending.clone();
                async move { grants::end::once(&db, clock.now()).await }
            }),
            Worker::every("identity.grants.separation", SEPARATION_PERIOD, move || {
                let (db, clock) = separating.clone();
                async move {
                    grants::separation::settle(&db, clock.now()).await?;
                    Ok(())
                }
            }),
            Worker::every("identity.notices.count", jobs::PERIOD, move || {
                let worker = outgoing_count.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::new("identity.notices.unread", move |stop| {
                let unread = unread.clone();
                async move {
                    unread.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("identity.deliveries.count", jobs::PERIOD, move || {
                let worker = counting.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::every("identity.deliveries.adopt", ADOPTION_PERIOD, move || {
                let ((db, clock), wake_up) = (adopting.clone(), wake_up.clone());
                async move {
                    let mut conn = db.read().await?;
                    if deliveries::store::adopt(&mut conn, clock.now()).await? > 0 {
                        wake_up.notify();
                    }
                    Ok(())
                }
            }),
            Worker::every("identity.descriptions", describing::PERIOD, move || {
                let (db, clock, registry) = describing_with.clone();
                async move {
                    match describing::tell_all(&db, &registry, &clock).await? {
                        0 => {}
                        told => tracing::info!(told, "told gender and year of birth"),
                    }
                    Ok(())
                }
            }),
            Worker::every("identity.sweep", sweep::PERIOD, move || {
                let (db, clock) = sweeping.clone();
                async move { sweep::once(&db, clock.now()).await }
            }),
        ];
        workers.extend(scheduled);
        workers
    }

    fn handlers(&self) -> Vec<(&'static str, Arc<dyn Handler>)> {
        let asked: Arc<dyn Handler> = Arc::new(Asked {
            clock: self.parts.clock.clone(),
            unread: self.parts.unread.clone(),
        });
        let sources = asked::SOURCES.iter();
        let memberships: Arc<dyn Handler> = Arc::new(Memberships);
        sources
            .map(|source| (*source, Arc::clone(&asked)))
            .chain([(memberships::SOURCE, memberships)])
            .collect()
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
