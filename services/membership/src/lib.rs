//! Membership: organisations and who belongs to them.
//!
//! | module | |
//! |---|---|
//! | [`organisations`] | the tree, search |
//! | [`divisions`] | administrative divisions |
//! | [`disciplines`] | disciplines of science |
//! | [`logos`] | logos of organisations |
//! | [`applications`] | from the draft to the decision |
//! | [`application_routes`] | the way on which an organisation decides them |
//! | [`application_forms`] | what an organisation asks its applicants beyond that |
//! | [`application_files`] | what applicants attach to their answers |
//! | [`memberships`] | from admission to resignation |
//! | [`member_exports`] | members as a file |
//! | [`member_letters`] | letters to members |
//! | `uploads` | how files are uploaded, whatever they are for |
//! | `categories` | categories of members |
//! | `numbers` | member numbers |
//! | [`cards`] | signed links |
//! | [`certificates`] | memberships on paper |
//! | [`verification`] | whether a person is a member |
//! | [`consents`] | who may see what |
//! | [`seed`] | reference data |
//!
//! `contract` holds the traits that their methods implement; [`Service`] puts them together.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

use std::{path::Path, sync::Arc};

use files::{Scanner, Store, uploads::Uploads};
use kit::{
    Chassis, KeyChange, Routes, Worker, clock::Clock, crypto::Keys, db::Db, lifecycle::demo::Demo,
};
use signing::Keyring;

pub mod application_files;
pub mod application_forms;
pub mod application_routes;
pub mod applications;
pub mod cards;
mod categories;
pub mod certificates;
pub mod consents;
mod contract;
pub mod disciplines;
pub mod divisions;
pub mod logos;
pub mod member_exports;
pub mod member_letters;
pub mod memberships;
mod numbers;
pub mod organisations;
mod sealed;
pub mod seed;
mod settings;
mod uploads;
pub mod verification;

pub use settings::Settings;

/// Statements that find what must not be: each returns the rows that violate an invariant.
pub const INVARIANTS: &str = include_str!("../invariants.sql");

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    db: Db,
    keys: Keys,
    card_keys: Keyring,
    cards: Arc<cards::Cards>,
    clock: Clock,
    store: Store,
    logos: Uploads,
    application_files: Uploads,
    certificates: papers::Papers,
    exports: exports::Exports,
    letters: letters::Letters,
}

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "membership";
    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    fn schemas() -> Vec<&'static sqlx::migrate::Migrator> {
        vec![
            &files::MIGRATOR,
            &exports::MIGRATOR,
            &letters::MIGRATOR,
            &papers::MIGRATOR,
            &approvals::MIGRATOR,
        ]
    }

    async fn seed(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        seed::load(&chassis.db, &chassis.clock, seeds).await?;
        Ok(())
    }

    async fn change_keys(chassis: &Chassis<Settings>, change: &KeyChange) -> anyhow::Result<()> {
        let Chassis {
            db, keys, clock, ..
        } = chassis;
        let cards = cards::load(db, keys, clock).await?;
        let papers = papers::Papers::keyring(db, keys, clock).await?;
        signing::change(&[cards, papers], change).await
    }

    async fn start(chassis: &Chassis<Settings>) -> anyhow::Result<Self> {
        let url = &chassis.settings.public_url;
        let files = &chassis.own.files;
        let store = Store::open(files, Self::NAME, chassis.keys.clone())?;
        let files = (&store, files.scanner());
        Self::load(&chassis.db, &chassis.keys, &chassis.clock, url, files).await
    }

    fn routes(&self) -> Routes {
        let (db, keys) = (|| self.db.clone(), || self.keys.clone());
        let cards = || self.cards.clone();
        Routes::of(proto_membership::DESCRIPTORS)
            .add(contract::organisations(organisations::Organisations {
                db: db(),
            }))
            .add(contract::divisions(divisions::Divisions { db: db() }))
            .add(contract::disciplines(disciplines::Disciplines))
            .add(contract::applications(applications::Applications {
                db: db(),
                keys: keys(),
                files: self.application_files.clone(),
            }))
            .add(contract::application_forms(
                application_forms::ApplicationForms { db: db() },
            ))
            .add(contract::application_files(
                application_files::ApplicationFiles {
                    db: db(),
                    uploads: self.application_files.clone(),
                },
            ))
            .add(contract::application_routes(
                application_routes::ApplicationRoutes {
                    desk: approvals::Desk::new(db(), &application_routes::KIND),
                },
            ))
            .add(contract::memberships(memberships::Memberships {
                db: db(),
                keys: keys(),
                cards: cards(),
            }))
            .add(contract::verification(verification::Verification {
                db: db(),
                keys: keys(),
                cards: cards(),
            }))
            .add(contract::logos(logos::Logos {
                db: db(),
                store: self.store.clone(),
                uploads: self.logos.clone(),
            }))
            .add(contract::membership_certificates(
                certificates::MembershipCertificates {
                    papers: self.certificates.clone(),
                },
            ))
            .add(contract::consents(consents::Consents { db: db() }))
            .add(contract::member_exports(member_exports::MemberExports {
                db: db(),
                exports: self.exports.clone(),
            }))
            .add(contract::member_letters(member_letters::MemberLetters {
                db: db(),
                letters: self.letters.clone(),
            }))
    }

    fn workers(&self) -> Vec<Worker> {
        let keyrings = vec![self.card_keys.clone()];
        let mut workers = vec![
            signing::worker("membership.card-keys", keyrings),
            applications::reminders::worker(&self.db, &self.clock),
            files::uploads::worker("membership.files", &self.db, &self.store, &self.clock),
        ];
        workers.push(form_versions::listing::worker(
            "membership.listed-answers",
            &self.db,
            &self.keys,
            &applications::ListedAnswers,
        ));
        workers.extend(self.exports.workers("cast.membership"));
        workers.extend(self.letters.workers("cast.membership"));
        workers.extend(self.certificates.workers());
        workers
    }
}

#[async_trait::async_trait]
impl Demo for Service {
    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&chassis.db, &chassis.keys, &chassis.clock, seeds, scale).await
    }
}

impl Service {
    /// Exports of members, for tests that run the worker themselves.
    pub fn exports(&self) -> &exports::Exports {
        &self.exports
    }

    /// Letters to members, for tests that run the worker themselves.
    pub fn letters(&self) -> &letters::Letters {
        &self.letters
    }

    /// The service over a database. `public_url` is the address of the platform, for the links of member cards; files are kept in
    /// the store, and scanned if there is a scanner.
    pub async fn load(
        db: &Db,
        keys: &Keys,
        clock: &Clock,
        public_url: &str,
        (store, scanner): (&Store, Option<Scanner>),
    ) -> anyhow::Result<Self> {
        let card_keys = cards::load(db, keys, clock).await?;
        let renderer = renderers::Renderer::beside();
        let of = (db, keys, clock);
        Ok(Self {
            certificates: certificates::papers(of, renderer.clone(), public_url).await?,
            db: db.clone(),
            keys: keys.clone(),
            cards: Arc::new(cards::Cards::new(card_keys.clone(), public_url)),
            card_keys,
            clock: clock.clone(),
            store: store.clone(),
            logos: Uploads::new(db, store, keys, scanner.clone(), &logos::PURPOSE),
            application_files: Uploads::new(
                db,
                store,
                keys,
                scanner,
                &applications::files::PURPOSE,
            )
            .with_documents(&renderer),
            exports: member_exports::exports(db, keys, clock, store.clone()),
            letters: member_letters::letters(db, keys, clock),
        })
    }
}
