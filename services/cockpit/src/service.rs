//! How the modules become a service of the platform.

use std::{path::Path, sync::Arc, time::Duration};

use eventlog::{GrpcSource, Handler, Source};
use kit::{Call, Chassis, Routes, Worker, call::Answers, errors::Result, lifecycle};
use proto_cockpit::v1 as wire;
use serde::Deserialize;
use tokio::time::sleep;

use crate::{
    Cockpit,
    changes::exchange_changes,
    contract,
    facts::SOURCES,
    freshness::poll,
    overview::{
        self,
        streams::{Streams, check_rights},
    },
    plan,
    projection::Projection,
    provinces, queries,
    rebuild::{self, Rebuild},
    slices::{self, Slices},
};

/// How often the rights of people with open streams are checked.
const RIGHTS_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How often the numbers are checked for completeness. During an upgrade, an older version that counts less may run beside this one.
const REPAIR_INTERVAL: Duration = Duration::from_secs(3600);

/// It has no settings of its own.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Settings {}

/// The service `cockpit`.
pub struct Service {
    /// What the methods need.
    served: CockpitService,
    /// What a rebuild needs.
    rebuild: Rebuild,
}

/// The event logs of the sources.
fn sources(chassis: &Chassis<Settings>) -> anyhow::Result<Vec<(&'static str, Arc<dyn Source>)>> {
    let source = |name| {
        let channel = kit::client::channel(chassis.settings.peer(name)?, &proto_eventlog::POOL);
        let log: Arc<dyn Source> = Arc::new(GrpcSource::new(channel, chassis.signer.interceptor()));
        Ok((name, log))
    };
    SOURCES.into_iter().map(source).collect()
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

    async fn start(chassis: &Chassis<Settings>) -> anyhow::Result<Self> {
        let cockpit = Cockpit::new(chassis.db.clone(), chassis.clock.clone());
        let rebuild = Rebuild {
            // A rebuild takes longer than the statement timeout of requests.
            pool: kit::db::log_pool(chassis.settings.database_url()?, "cockpit rebuild")?,
            nats: chassis.nats.clone(),
            seals: chassis.settings.seals(),
            sources: sources(chassis)?,
            changes: cockpit.changes.clone(),
        };
        Ok(Self {
            served: CockpitService::new(cockpit),
            rebuild,
        })
    }

    fn routes(&self) -> Routes {
        routes(self.served.clone(), self.rebuild.clone())
    }

    fn workers(&self) -> Vec<Worker> {
        let CockpitService {
            cockpit,
            streams,
            slices,
        } = self.served.clone();
        let following = (cockpit.changes.clone(), slices, self.rebuild.pool.clone());
        let (notifying, polling) = (cockpit.clone(), cockpit);
        let sources = self.rebuild.sources.clone();
        let repairing = self.rebuild.clone();
        vec![
            Worker::new("cockpit.changes", move |stop| {
                let (changes, pool) = (notifying.changes.clone(), notifying.db.pool().clone());
                async move {
                    exchange_changes(changes, pool, stop).await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.freshness", move |stop| {
                let (cockpit, sources) = (polling.clone(), sources.clone());
                async move {
                    let pool = cockpit.db.pool().clone();
                    poll(cockpit.changes, cockpit.heads, sources, pool, stop).await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.slices", move |stop| {
                let (changes, slices, pool) = following.clone();
                async move {
                    slices.follow(changes.subscribe(), pool, stop).await;
                    Ok(())
                }
            }),
            Worker::new("cockpit.mend", move |stop| {
                let with = repairing.clone();
                async move {
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

    fn handlers(&self) -> Vec<(&'static str, Arc<dyn Handler>)> {
        let projection: Arc<dyn Handler> =
            Arc::new(Projection::live(self.served.cockpit.changes.clone()));
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
    /// The index of the slices.
    pub slices: Slices,
}

impl CockpitService {
    /// A service without open streams.
    pub fn new(cockpit: Cockpit) -> Self {
        let streams = Streams::new(cockpit.clone());
        Self {
            cockpit,
            streams,
            slices: Slices::default(),
        }
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

    async fn query_slices(
        &self,
        call: Call<wire::QuerySlicesRequest>,
    ) -> Result<wire::QuerySlicesResponse> {
        slices::rpc::query_slices(&self.cockpit, &self.slices, call).await
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
    Routes::of(proto_cockpit::DESCRIPTORS).add(contract::cockpit(cockpit))
}
