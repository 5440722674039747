//! How the modules become a service of the platform.

use std::{path::Path, time::Duration};

use files::{Scanner, uploads::Uploads};
use jobs::WakeUp;
use kit::{
    Call, Chassis, KeyChange, Routes, Worker, clock::Clock, crypto::Keys, db::Db, errors::Result,
    lifecycle::demo::Demo,
};
use proto_events::v1 as wire;

use crate::{
    Context, Settings,
    activities::rpc::Activities,
    admission::{self, Admission, Limits},
    announcements::Announcer,
    certificates::{self, rpc::AttendanceCertificates},
    checkin::rpc::CheckIns,
    content_review::{reminders, rpc::ContentReview},
    content_routes::{self, rpc::ContentRoutes},
    contract,
    covers::{self, Covers},
    registration_exports::{self, rpc::RegistrationExports},
    registration_files,
    registration_forms::{Forms, RegistrationForms, listed::ListedAnswers},
    registration_letters::{self, rpc::RegistrationLetters},
    registration_uploads,
    registrations::rpc::Registrations,
    seed,
    tickets::Tickets,
};

/// How often what has been finished long ago is removed.
const SWEEP_PERIOD: Duration = Duration::from_secs(600);

/// The events service.
#[derive(Clone, Debug)]
pub struct Service {
    db: Db,
    keys: Keys,
    tickets: Tickets,
    admission: Admission,
    /// Forms that are answered now.
    forms: Forms,
    announcer: Announcer,
    certificates: papers::Papers,
    exports: exports::Exports,
    letters: letters::Letters,
    clock: Clock,
    store: files::Store,
    /// Uploaded covers.
    covers: Uploads,
    /// What registrants attach.
    attached: Uploads,
}

#[async_trait::async_trait]
impl kit::Service for Service {
    const NAME: &'static str = "events";

    type Settings = Settings;

    fn migrator() -> sqlx::migrate::Migrator {
        sqlx::migrate!()
    }

    fn schemas() -> Vec<&'static sqlx::migrate::Migrator> {
        vec![
            &files::MIGRATOR,
            &exports::MIGRATOR,
            &form_versions::MIGRATOR,
            &letters::MIGRATOR,
            &papers::MIGRATOR,
            &approvals::MIGRATOR,
        ]
    }

    async fn change_keys(chassis: &Chassis<Settings>, change: &KeyChange) -> anyhow::Result<()> {
        let Chassis {
            db, keys, clock, ..
        } = chassis;
        let tickets = Tickets::load(db, keys, clock).await?;
        let papers = papers::Papers::keyring(db, keys, clock).await?;
        signing::change(&[tickets.keyring().clone(), papers], change).await
    }

    async fn start(chassis: &Chassis<Settings>) -> anyhow::Result<Self> {
        let files = files::Store::open(&chassis.own.files, Self::NAME, chassis.keys.clone())?;
        let files = (&files, chassis.own.files.scanner());
        let url = &chassis.settings.public_url;
        Self::load(&context(chassis), Limits::default(), files, url).await
    }

    fn routes(&self) -> Routes {
        let (db, keys, tickets) = (&self.db, &self.keys, &self.tickets);
        Routes::of(proto_events::DESCRIPTORS)
            .add(contract::activities(Activities {
                db: db.clone(),
                announcer: self.announcer.clone(),
                keys: keys.clone(),
            }))
            .add(contract::content_routes(ContentRoutes {
                desk: approvals::Desk::new(db.clone(), &content_routes::KIND),
            }))
            .add(contract::content_review(ContentReview {
                db: db.clone(),
                keys: keys.clone(),
            }))
            .add(contract::registrations(RegistrationsService {
                registrations: Registrations {
                    db: db.clone(),
                    keys: keys.clone(),
                    tickets: tickets.clone(),
                },
                admission: self.admission.clone(),
                forms: self.forms.clone(),
                db: db.clone(),
                keys: keys.clone(),
            }))
            .add(contract::registration_forms(RegistrationForms {
                db: db.clone(),
                keys: keys.clone(),
                files: self.attached.clone(),
            }))
            .add(contract::registration_files(
                registration_uploads::RegistrationFiles {
                    db: db.clone(),
                    uploads: self.attached.clone(),
                },
            ))
            .add(contract::check_ins(CheckIns {
                db: db.clone(),
                keys: keys.clone(),
                tickets: tickets.clone(),
            }))
            .add(contract::attendance_certificates(AttendanceCertificates {
                papers: self.certificates.clone(),
            }))
            .add(contract::covers(Covers {
                db: db.clone(),
                store: self.store.clone(),
                uploads: self.covers.clone(),
            }))
            .add(contract::registration_exports(RegistrationExports {
                db: db.clone(),
                exports: self.exports.clone(),
            }))
            .add(contract::registration_letters(RegistrationLetters {
                db: db.clone(),
                letters: self.letters.clone(),
            }))
    }

    fn workers(&self) -> Vec<Worker> {
        let keyrings = vec![self.tickets.keyring().clone()];
        let announcing = self.announcer.worker();
        announcing.metrics.register();
        let (counting, sweeping) = (announcing.clone(), self.announcer.clone());
        let mut workers = vec![
            signing::worker("events.ticket-keys", keyrings),
            Worker::new("events.announcements", move |stop| {
                let announcing = announcing.clone();
                async move {
                    announcing.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("events.announcements.count", jobs::PERIOD, move || {
                let worker = counting.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::every("events.announcements.sweep", SWEEP_PERIOD, move || {
                let announcer = sweeping.clone();
                async move { announcer.sweep().await }
            }),
        ];
        let files = files::uploads::worker("events.files", &self.db, &self.store, &self.clock);
        workers.push(files);
        workers.extend(self.exports.workers("cast.events"));
        workers.extend(self.letters.workers("cast.events"));
        workers.extend(self.certificates.workers());
        workers.push(reminders::worker(&self.db, &self.clock));
        workers.push(form_versions::listing::worker(
            "events.listed-answers",
            &self.db,
            &self.keys,
            &ListedAnswers,
        ));
        workers
    }
}

#[async_trait::async_trait]
impl Demo for Service {
    async fn demo(chassis: &Chassis<Settings>, seeds: &Path) -> anyhow::Result<()> {
        seed::load(&context(chassis), &seed::read(seeds)?).await
    }

    async fn populate(chassis: &Chassis<Settings>, seeds: &Path, scale: u64) -> anyhow::Result<()> {
        seed::scale::load(&context(chassis), seeds, scale).await
    }
}

impl Service {
    /// Exports of registrations, for tests that run the worker themselves.
    pub fn exports(&self) -> &exports::Exports {
        &self.exports
    }

    /// Letters to registrants, for tests that run the worker themselves.
    pub fn letters(&self) -> &letters::Letters {
        &self.letters
    }

    /// The service over a database. `limits` are those of admission. Covers, what registrants attach and what is exported are kept in the store; what is
    /// uploaded is scanned if there is a scanner. `public_url` is the address of the platform, for the links of certificates.
    pub async fn load(
        context: &Context,
        limits: Limits,
        (store, scanner): (&files::Store, Option<Scanner>),
        public_url: &str,
    ) -> anyhow::Result<Self> {
        let Context { db, keys, clock } = context.clone();
        let tickets = Tickets::load(&db, &keys, &clock).await?;
        let renderer = renderers::Renderer::beside();
        let attached = Uploads::new(
            &db,
            store,
            &keys,
            scanner.clone(),
            &registration_files::PURPOSE,
        );
        let attached = attached.with_documents(&renderer);
        Ok(Self {
            certificates: certificates::papers(context, renderer, public_url).await?,
            announcer: Announcer {
                db: db.clone(),
                clock: clock.clone(),
                wake_up: WakeUp::default(),
            },
            exports: registration_exports::exports(context, store.clone(), attached.clone()),
            letters: registration_letters::letters(context),
            admission: Admission::new(db.clone(), clock.clone(), limits),
            covers: Uploads::new(&db, store, &keys, scanner, &covers::PURPOSE),
            attached,
            store: store.clone(),
            clock,
            forms: Forms::default(),
            db,
            keys,
            tickets,
        })
    }
}

fn context(chassis: &Chassis<Settings>) -> Context {
    Context {
        db: chassis.db.clone(),
        keys: chassis.keys.clone(),
        clock: chassis.clock.clone(),
    }
}

/// Serves `cast.events.v1.Registrations`: `admission` creates registrations, `registrations` has the other methods.
#[derive(Clone, Debug)]
struct RegistrationsService {
    /// The methods of existing registrations.
    registrations: Registrations,
    /// Decides requests for seats.
    admission: Admission,
    /// Forms that are answered now.
    forms: Forms,
    /// The database.
    db: Db,
    /// Seals names and answers.
    keys: Keys,
}

impl contract::Registrations for RegistrationsService {
    async fn create_registration(
        &self,
        call: Call<wire::CreateRegistrationRequest>,
    ) -> Result<wire::Registration> {
        let with = (&self.forms, &self.db, &self.keys);
        admission::rpc::create(&self.admission, with, call).await
    }

    async fn cancel_registration(
        &self,
        call: Call<wire::CancelRegistrationRequest>,
    ) -> Result<wire::Registration> {
        self.registrations.cancel(call).await
    }

    async fn list_my_registrations(
        &self,
        call: Call<wire::ListMyRegistrationsRequest>,
    ) -> Result<wire::ListMyRegistrationsResponse> {
        self.registrations.list_mine(call).await
    }

    async fn get_ticket(&self, call: Call<wire::GetTicketRequest>) -> Result<wire::Ticket> {
        self.registrations.ticket(call).await
    }

    async fn list_registrations(
        &self,
        call: Call<wire::ListRegistrationsRequest>,
    ) -> Result<wire::ListRegistrationsResponse> {
        self.registrations.list(call).await
    }
}
