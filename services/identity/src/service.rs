//! Identity as a service of the platform.

use std::{path::Path, sync::Arc};

use kit::{Chassis, Routes, Worker, access::KeySource};
use proto::cast::identity::v1::{
    GetMyPersonRequest, Person, UpdateMyPersonRequest, VerifyMyPersonRequest,
    accounts_server::AccountsServer,
    audit_server::AuditServer,
    clients_server::ClientsServer,
    grants_server::GrantsServer,
    guardians_server::GuardiansServer,
    persons_server::{Persons, PersonsServer},
    sessions_server::SessionsServer,
    sign_on_server::SignOnServer,
};
use tonic::{Request, Response, Status};

use crate::{
    Identity, Parts,
    codes::rules::MOST_AN_ORIGIN,
    credentials::hasher::Hasher,
    deliveries::{
        metrics::{self, Seen},
        worker::Sender,
    },
    keys::{Published, Signing},
    queues::Queues,
    seed,
    session_tokens::Tokens,
    settings::Settings,
    sweep,
};

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
        let identity = identity(chassis).await?;
        seed::load(&identity, seeds).await
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&identity(chassis).await?, seeds, scale).await
    }

    async fn routes(chassis: &Chassis<Settings>) -> anyhow::Result<Routes> {
        let identity = identity(chassis).await?;
        Ok(Routes::new()
            .add(AccountsServer::new(identity.clone()))
            .add(SessionsServer::new(identity.clone()))
            .add(PersonsServer::new(identity.clone()))
            .add(GuardiansServer::new(identity.clone()))
            .add(GrantsServer::new(identity.clone()))
            .add(ClientsServer::new(identity.clone()))
            .add(SignOnServer::new(identity.clone()))
            .add(AuditServer::new(identity)))
    }

    fn workers(chassis: &Chassis<Settings>) -> Vec<Worker> {
        let sending = chassis.clone();
        let sweeping = chassis.clone();
        let (looking, seen) = (chassis.clone(), Seen::default());
        seen.report();
        vec![
            Worker::new("identity.deliveries", move |stop| {
                let chassis = sending.clone();
                async move {
                    let sender = Sender {
                        db: chassis.db.clone(),
                        keys: chassis.keys.clone(),
                        clock: chassis.clock.clone(),
                        transports: chassis.own.transports(&chassis.settings)?,
                        bell: chassis.own.bell.clone(),
                    };
                    sender.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("identity.deliveries.count", metrics::PERIOD, move || {
                let (chassis, seen) = (looking.clone(), seen.clone());
                async move { seen.look(&chassis.db, &chassis.clock).await }
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

/// Makes the rooms. Settings that cannot work stop the service here, before it takes a call.
pub(crate) async fn identity(chassis: &Chassis<Settings>) -> anyhow::Result<Identity> {
    chassis.own.transports(&chassis.settings)?;
    Ok(Identity::new(Parts {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
        issuer: chassis.settings.public_url.clone(),
        hasher: Hasher::start()?,
        signing: Signing::load(&chassis.db, &chassis.keys, &chassis.clock).await?,
        tokens: Tokens::default(),
        verifier: chassis.own.verifier(&chassis.settings)?,
        deliveries: chassis.own.bell.clone(),
        asking_for_codes: Queues::default(),
        codes_per_origin: chassis.own.codes_per_origin.unwrap_or(MOST_AN_ORIGIN),
    }))
}

// The registry keeps persons, and verifying them is the matter of another room: here the two are one service of the contract.
#[tonic::async_trait]
impl Persons for Identity {
    async fn get_my_person(
        &self,
        request: Request<GetMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.get_my_person(request).await?)
    }

    async fn update_my_person(
        &self,
        request: Request<UpdateMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.update_my_person(request).await?)
    }

    async fn verify_my_person(
        &self,
        request: Request<VerifyMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.verify_my_person(request).await?)
    }
}
