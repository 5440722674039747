//! Membership: organisations and who belongs to them.
//!
//! | room | |
//! |---|---|
//! | [`organisations`] | the tree, search |
//! | [`divisions`] | administrative divisions |
//! | [`applications`] | from the draft to the decision |
//! | [`memberships`] | from admission to resignation |
//! | `categories` | categories of members |
//! | `numbers` | member numbers |
//! | [`cards`] | signed links |
//! | [`verification`] | is somebody a member? |
//! | [`consents`] | who may see what |
//! | [`seed`] | reference data |

use std::{path::Path, sync::Arc};

use kit::{Chassis, Routes, clock::Clock, crypto::Keys, db::Db};
use proto::cast::membership::v1::{
    applications_server::ApplicationsServer, consents_server::ConsentsServer,
    divisions_server::DivisionsServer, memberships_server::MembershipsServer,
    organisations_server::OrganisationsServer, verification_server::VerificationServer,
};

pub mod applications;
pub mod cards;
mod categories;
pub mod consents;
pub mod divisions;
pub mod memberships;
mod numbers;
pub mod organisations;
mod sealed;
pub mod seed;
mod stored;
pub mod verification;

/// Statements that find what must not be: each returns the rows that violate an invariant.
pub const INVARIANTS: &str = include_str!("../invariants.sql");

/// The service has no settings of its own.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
pub struct Settings {}

/// The service, for [`kit::run`].
#[derive(Debug)]
pub struct Service;

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "membership";
    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    async fn seed(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        seed::load(&chassis.db, &chassis.clock, seeds).await?;
        Ok(())
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&chassis.db, &chassis.keys, &chassis.clock, seeds, scale).await
    }

    async fn routes(chassis: &Chassis<Settings>) -> anyhow::Result<Routes> {
        let url = &chassis.settings.public_url;
        routes(&chassis.db, &chassis.keys, &chassis.clock, url).await
    }
}

/// The gRPC services over a database. `public_url` is the address of the platform, for the links of member cards.
pub async fn routes(
    db: &Db,
    keys: &Keys,
    clock: &Clock,
    public_url: &str,
) -> anyhow::Result<Routes> {
    let cards = Arc::new(cards::Cards::load(db, keys, clock, public_url).await?);
    let (db, keys, clock) = (|| db.clone(), || keys.clone(), || clock.clone());
    Ok(Routes::new()
        .add(OrganisationsServer::new(organisations::Organisations::new(
            db(),
            keys(),
            clock(),
        )))
        .add(DivisionsServer::new(divisions::Divisions::new(db())))
        .add(ApplicationsServer::new(applications::Applications::new(
            db(),
            keys(),
            clock(),
        )))
        .add(MembershipsServer::new(memberships::Memberships::new(
            db(),
            keys(),
            clock(),
            cards.clone(),
        )))
        .add(VerificationServer::new(verification::Verification::new(
            db(),
            keys(),
            clock(),
            cards,
        )))
        .add(ConsentsServer::new(consents::Consents::new(
            db(),
            keys(),
            clock(),
        ))))
}
