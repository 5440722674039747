//! How the modules become a service of the platform.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use eventlog::{GrpcSource, Handler, Source};
use kit::{Call, Chassis, Routes, Worker, call::Answers, errors::Result, lifecycle};
use proto::cast::cockpit::v1 as wire;
use serde::Deserialize;
use tokio::time::sleep;

use crate::{
    Cockpit,
    changes::pass_on,
    contract,
    facts::{Projection, SOURCES},
    freshness::follow,
    overview::{
        self,
        screens::{Screens, rights},
    },
    plan, provinces, queries,
    rebuild::{self, Rebuild},
};

/// How often the rights of those who watch are looked at again.
const RIGHTS: Duration = Duration::from_secs(10);

/// How often it is checked whether the numbers are complete. A version that counts less may still run beside this one for a
/// while when the service is upgraded.
const MENDED: Duration = Duration::from_secs(3600);

/// The service `cockpit`.
#[derive(Debug)]
pub struct Service;

/// The cockpit has no settings of its own. What its rooms share, and who is watching, lives here, because the chassis hands this to
/// all of them.
#[derive(Default, Deserialize)]
pub struct Settings {
    #[serde(skip)]
    service: OnceLock<CockpitService>,
}

fn served(chassis: &Chassis<Settings>) -> &CockpitService {
    chassis.own.service.get_or_init(|| {
        CockpitService::new(Cockpit::new(chassis.db.clone(), chassis.clock.clone()))
    })
}

fn shared(chassis: &Chassis<Settings>) -> &Cockpit {
    &served(chassis).cockpit
}

/// The logs of the services that are counted.
fn sources(chassis: &Chassis<Settings>) -> anyhow::Result<Vec<(&'static str, Arc<dyn Source>)>> {
    let source = |name| {
        let channel = kit::client::channel(chassis.settings.peer(name)?);
        let log: Arc<dyn Source> = Arc::new(GrpcSource::new(channel, chassis.signer.interceptor()));
        Ok((name, log))
    };
    SOURCES.into_iter().map(source).collect()
}

/// What a rebuild works with.
fn rebuilding(chassis: &Chassis<Settings>) -> anyhow::Result<Rebuild> {
    Ok(Rebuild {
        // Rebuilding outlasts the time that statements of requests are given.
        pool: kit::db::log_pool(chassis.settings.database_url()?, "cockpit rebuild")?,
        nats: chassis.nats.clone(),
        seals: chassis.settings.seals(),
        sources: sources(chassis)?,
        changes: shared(chassis).changes.clone(),
    })
}

#[async_trait::async_trait]
impl lifecycle::Service for Service {
    const NAME: &'static str = "cockpit";

    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    async fn seed(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        crate::load_seeds(&chassis.db, seeds).await
    }

    async fn routes(chassis: &Chassis<Settings>) -> anyhow::Result<Routes> {
        Ok(routes(served(chassis).clone(), rebuilding(chassis)?))
    }

    fn workers(chassis: &Chassis<Settings>) -> Vec<Worker> {
        let tell = shared(chassis).clone();
        let look = (shared(chassis).clone(), chassis.clone());
        let check = served(chassis).screens.clone();
        let mend = chassis.clone();
        vec![
            Worker::new("cockpit.changes", move |stop| {
                let (changes, pool) = (tell.changes.clone(), tell.db.pool().clone());
                async move {
                    pass_on(changes, pool, stop).await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.freshness", move |stop| {
                let (cockpit, chassis) = look.clone();
                async move {
                    let pool = cockpit.db.pool().clone();
                    follow(
                        cockpit.changes,
                        cockpit.heads,
                        sources(&chassis)?,
                        pool,
                        stop,
                    )
                    .await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.mend", move |stop| {
                let chassis = mend.clone();
                async move {
                    let with = rebuilding(&chassis)?;
                    loop {
                        if let Err(error) = rebuild::mend(&with, &stop).await {
                            tracing::warn!(%error, "the numbers stay as they are for now");
                        }
                        if stop.run_until_cancelled(sleep(MENDED)).await.is_none() {
                            return Ok(());
                        }
                    }
                }
            }),
            Worker::new("cockpit.rights", move |stop| {
                let screens = check.clone();
                async move {
                    rights(screens, RIGHTS, stop).await;
                    Ok(())
                }
            }),
        ]
    }

    fn handlers(chassis: &Chassis<Settings>) -> Vec<(&'static str, Arc<dyn Handler>)> {
        let projection: Arc<dyn Handler> =
            Arc::new(Projection::live(shared(chassis).changes.clone()));
        SOURCES
            .into_iter()
            .map(|source| (source, projection.clone()))
            .collect()
    }
}

/// `cast.cockpit.v1.Cockpit`.
#[derive(Clone)]
pub struct CockpitService {
    /// What the methods have at hand.
    pub cockpit: Cockpit,
    /// Who is watching.
    pub screens: Screens,
}

impl CockpitService {
    /// A cockpit that nobody watches yet.
    pub fn new(cockpit: Cockpit) -> Self {
        let screens = Screens::new(cockpit.clone());
        Self { cockpit, screens }
    }
}

impl contract::Cockpit for CockpitService {
    async fn list_metrics(
        &self,
        _: Call<wire::ListMetricsRequest>,
    ) -> Result<wire::ListMetricsResponse> {
        Ok(queries::rpc::list_metrics())
    }

    async fn query_metric(
        &self,
        call: Call<wire::QueryMetricRequest>,
    ) -> Result<wire::QueryMetricResponse> {
        queries::rpc::query_metric(&self.cockpit, call).await
    }

    async fn get_overview(&self, call: Call<wire::GetOverviewRequest>) -> Result<wire::Overview> {
        overview::rpc::get_overview(&self.cockpit, call).await
    }

    async fn get_province(
        &self,
        call: Call<wire::GetProvinceRequest>,
    ) -> Result<wire::GetProvinceResponse> {
        provinces::rpc::get_province(&self.cockpit, call).await
    }

    async fn watch_overview(
        &self,
        call: Call<wire::WatchOverviewRequest>,
    ) -> Result<Answers<wire::Overview>> {
        overview::rpc::watch_overview(&self.cockpit, &self.screens, call).await
    }

    async fn list_plan_indicators(
        &self,
        call: Call<wire::ListPlanIndicatorsRequest>,
    ) -> Result<wire::ListPlanIndicatorsResponse> {
        plan::rpc::list_plan_indicators(&self.cockpit.db, call).await
    }
}

/// `cast.cockpit.v1.Projection`.
#[derive(Clone)]
struct ProjectionService(Rebuild);

impl contract::Projection for ProjectionService {
    async fn rebuild(
        &self,
        _: Call<wire::RebuildRequest>,
    ) -> Result<Answers<wire::RebuildProgress>> {
        Ok(rebuild::rpc::run(self.0.clone()))
    }
}

/// The gRPC services of one process.
pub fn routes(cockpit: CockpitService, rebuild: Rebuild) -> Routes {
    questions(cockpit).add(contract::projection(ProjectionService(rebuild)))
}

/// Those of them that answer questions.
pub fn questions(cockpit: CockpitService) -> Routes {
    Routes::new().add(contract::cockpit(cockpit))
}
