//! What the chassis needs to know of this service.

use std::path::Path;

use anyhow::Context as _;
use kit::{Chassis, Routes, access};
use proto::cast::events::v1::{
    self as wire,
    activities_server::ActivitiesServer,
    check_ins_server::CheckInsServer,
    registrations_server::{self, RegistrationsServer},
};
use serde::Deserialize;
use tonic::{Request, Response, Status};

use crate::{
    Context,
    activities::rpc::Activities,
    admission::{self, Admission, Limits},
    checkin::rpc::CheckIns,
    registrations::rpc::Registrations,
    seed,
    tickets::Tickets,
};

/// The events service.
#[derive(Clone, Copy, Debug)]
pub struct Service;

/// It has no settings of its own.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Settings {}

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "events";

    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    async fn seed(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        if chassis.settings.is_production() {
            return Ok(());
        }
        let demo = seed::read(seeds)?;
        seed::load(&context(chassis), &demo).await
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&context(chassis), seeds, scale).await
    }

    async fn routes(chassis: &Chassis<Settings>) -> anyhow::Result<Routes> {
        routes(&context(chassis)).await
    }
}

fn context(chassis: &Chassis<Settings>) -> Context {
    Context {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
    }
}

/// The gRPC services of one process.
pub async fn routes(context: &Context) -> anyhow::Result<Routes> {
    let Context { db, keys, clock } = context;
    let tickets = Tickets::load(db, keys, clock)
        .await
        .context("the keys of tickets")?;
    let admission = Admission::new(db.clone(), clock.clone(), Limits::default());
    let activities = Activities {
        context: context.clone(),
    };
    let registrations = RegistrationsService {
        registrations: Registrations {
            context: context.clone(),
            tickets: tickets.clone(),
        },
        admission,
    };
    let check_ins = CheckIns {
        context: context.clone(),
        tickets,
    };
    Ok(Routes::new()
        .add(ActivitiesServer::new(activities))
        .add(RegistrationsServer::new(registrations))
        .add(CheckInsServer::new(check_ins)))
}

/// Serves `cast.events.v1.Registrations`: a seat is taken in one room, and what becomes of it is the matter of another.
#[derive(Clone, Debug)]
pub struct RegistrationsService {
    /// What happens to a registration once there is one.
    pub registrations: Registrations,
    /// Gives seats.
    pub admission: Admission,
}

#[tonic::async_trait]
impl registrations_server::Registrations for RegistrationsService {
    async fn create_registration(
        &self,
        request: Request<wire::CreateRegistrationRequest>,
    ) -> Result<Response<wire::Registration>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            admission::rpc::create(
                &self.registrations.context,
                &self.admission,
                caller.person()?,
                request.get_ref(),
            )
            .await?,
        ))
    }

    async fn cancel_registration(
        &self,
        request: Request<wire::CancelRegistrationRequest>,
    ) -> Result<Response<wire::Registration>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.registrations
                .cancel(&caller, request.get_ref())
                .await?,
        ))
    }

    async fn list_my_registrations(
        &self,
        request: Request<wire::ListMyRegistrationsRequest>,
    ) -> Result<Response<wire::ListMyRegistrationsResponse>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.registrations
                .list_mine(caller.person()?, request.get_ref())
                .await?,
        ))
    }

    async fn get_ticket(
        &self,
        request: Request<wire::GetTicketRequest>,
    ) -> Result<Response<wire::Ticket>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.registrations
                .ticket(caller.person()?, request.get_ref())
                .await?,
        ))
    }

    async fn list_registrations(
        &self,
        request: Request<wire::ListRegistrationsRequest>,
    ) -> Result<Response<wire::ListRegistrationsResponse>, Status> {
        let caller = access::caller(&request);
        Ok(Response::new(
            self.registrations.list(&caller, request.get_ref()).await?,
        ))
    }
}
