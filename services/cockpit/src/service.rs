//! How the rooms become a service of the platform.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use eventlog::{GrpcSource, Handler, Source};
use kit::{Chassis, Routes, Worker, access::caller, lifecycle};
use proto::cast::cockpit::v1::{
    GetOverviewRequest, GetProvinceRequest, GetProvinceResponse, ListMetricsRequest,
    ListMetricsResponse, ListPlanIndicatorsRequest, ListPlanIndicatorsResponse, Overview,
    QueryMetricRequest, QueryMetricResponse, RebuildRequest, WatchOverviewRequest,
    cockpit_server::{Cockpit as CockpitApi, CockpitServer},
    projection_server::{Projection as ProjectionApi, ProjectionServer},
};
use serde::Deserialize;
use tokio::time::sleep;
use tonic::{Request, Response, Status};

use crate::{
    Cockpit,
    changes::pass_on,
    facts::{Projection, SOURCES},
    freshness::follow,
    overview::{
        self,
        rpc::Overviews,
        screens::{Screens, rights},
    },
    plan, provinces, queries,
    rebuild::{self, Rebuild, rpc::Rebuilding},
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
        let cockpit = served(chassis).clone();
        let projection = ProjectionService {
            rebuild: rebuilding(chassis)?,
        };
        Ok(Routes::new()
            .add(CockpitServer::new(cockpit))
            .add(ProjectionServer::new(projection)))
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

#[tonic::async_trait]
impl CockpitApi for CockpitService {
    type WatchOverviewStream = Overviews;

    async fn list_metrics(
        &self,
        _: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        Ok(Response::new(queries::rpc::list_metrics()))
    }

    async fn query_metric(
        &self,
        request: Request<QueryMetricRequest>,
    ) -> Result<Response<QueryMetricResponse>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            queries::rpc::query_metric(&self.cockpit, &caller, request.get_ref()).await?,
        ))
    }

    async fn get_overview(
        &self,
        request: Request<GetOverviewRequest>,
    ) -> Result<Response<Overview>, Status> {
        Ok(Response::new(
            overview::rpc::get_overview(&self.cockpit, &caller(&request)).await?,
        ))
    }

    async fn get_province(
        &self,
        request: Request<GetProvinceRequest>,
    ) -> Result<Response<GetProvinceResponse>, Status> {
        let caller = caller(&request);
        Ok(Response::new(
            provinces::rpc::get_province(&self.cockpit, &caller, request.get_ref()).await?,
        ))
    }

    async fn watch_overview(
        &self,
        request: Request<WatchOverviewRequest>,
    ) -> Result<Response<Overviews>, Status> {
        Ok(Response::new(
            overview::rpc::watch_overview(&self.cockpit, &self.screens, &caller(&request)).await?,
        ))
    }

    async fn list_plan_indicators(
        &self,
        request: Request<ListPlanIndicatorsRequest>,
    ) -> Result<Response<ListPlanIndicatorsResponse>, Status> {
        Ok(Response::new(
            plan::rpc::list_plan_indicators(&self.cockpit, &caller(&request)).await?,
        ))
    }
}

/// `cast.cockpit.v1.Projection`.
#[derive(Clone)]
pub struct ProjectionService {
    /// What a rebuild works with.
    pub rebuild: Rebuild,
}

#[tonic::async_trait]
impl ProjectionApi for ProjectionService {
    type RebuildStream = Rebuilding;

    async fn rebuild(&self, _: Request<RebuildRequest>) -> Result<Response<Rebuilding>, Status> {
        Ok(Response::new(rebuild::rpc::run(self.rebuild.clone())))
    }
}
