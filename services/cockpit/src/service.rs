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
    changes::exchange_changes,
    contract,
    facts::{Projection, SOURCES},
    freshness::poll,
    overview::{
        self,
        streams::{Streams, check_rights},
    },
    plan, provinces, queries,
    rebuild::{self, Rebuild},
};

/// How often the rights of people with open streams are checked.
const RIGHTS_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How often the numbers are checked for completeness. During an upgrade, an older version that counts less may run beside this one.
const REPAIR_INTERVAL: Duration = Duration::from_secs(3600);

/// The service `cockpit`.
#[derive(Debug)]
pub struct Service;

/// The cockpit has no settings of its own. The state that its modules and workers share is kept here, because the chassis passes the
/// settings to all of them.
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

/// The event logs of the sources.
fn sources(chassis: &Chassis<Settings>) -> anyhow::Result<Vec<(&'static str, Arc<dyn Source>)>> {
    let source = |name| {
        let channel = kit::client::channel(chassis.settings.peer(name)?);
        let log: Arc<dyn Source> = Arc::new(GrpcSource::new(channel, chassis.signer.interceptor()));
        Ok((name, log))
    };
    SOURCES.into_iter().map(source).collect()
}

/// The dependencies of a rebuild.
fn rebuilding(chassis: &Chassis<Settings>) -> anyhow::Result<Rebuild> {
    Ok(Rebuild {
        // A rebuild takes longer than the statement timeout of requests.
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
        let notifying = shared(chassis).clone();
        let polling = (shared(chassis).clone(), chassis.clone());
        let streams = served(chassis).streams.clone();
        let repairing = chassis.clone();
        vec![
            Worker::new("cockpit.changes", move |stop| {
                let (changes, pool) = (notifying.changes.clone(), notifying.db.pool().clone());
                async move {
                    exchange_changes(changes, pool, stop).await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.freshness", move |stop| {
                let (cockpit, chassis) = polling.clone();
                async move {
                    let pool = cockpit.db.pool().clone();
                    poll(
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
                let chassis = repairing.clone();
                async move {
                    let with = rebuilding(&chassis)?;
                    loop {
                        if let Err(error) = rebuild::repair(&with, &stop).await {
                            tracing::warn!(%error, "the numbers stay as they are for now");
                        }
                        if stop
                            .run_until_cancelled(sleep(REPAIR_INTERVAL))
                            .await
                            .is_none()
                        {
                            return Ok(());
                        }
                    }
                }
            }),
            Worker::new("cockpit.rights", move |stop| {
                let streams = streams.clone();
                async move {
                    check_rights(streams, RIGHTS_CHECK_INTERVAL, stop).await;
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
    /// The dependencies of the methods.
    pub cockpit: Cockpit,
    /// The open streams.
    pub streams: Streams,
}

impl CockpitService {
    /// A service without open streams.
    pub fn new(cockpit: Cockpit) -> Self {
        let streams = Streams::new(cockpit.clone());
        Self { cockpit, streams }
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
        overview::rpc::watch_overview(&self.cockpit, &self.streams, call).await
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
    query_routes(cockpit).add(contract::projection(ProjectionService(rebuild)))
}

/// The same without the administrative service.
pub fn query_routes(cockpit: CockpitService) -> Routes {
    Routes::new().add(contract::cockpit(cockpit))
}
