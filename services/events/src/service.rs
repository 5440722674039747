//! What the chassis needs to know of this service.

use std::path::Path;

use anyhow::Context as _;
use kit::{Chassis, Routes};
use proto::cast::events::v1::{
    activities_server::ActivitiesServer, check_ins_server::CheckInsServer,
    registrations_server::RegistrationsServer,
};
use serde::Deserialize;

use crate::{
    Context,
    activities::rpc::Activities,
    admission::{Admission, Limits},
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
    let registrations = Registrations {
        context: context.clone(),
        admission,
        tickets: tickets.clone(),
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
