//! A membership service of its own for each test, seeded, and the people around it.

use std::{path::PathBuf, time::Duration};

use kit::{
    access::{Caller, ClientCaller, PersonCaller, put_grant},
    clock::Clock,
    crypto::Keys,
    db::Db,
};
use proto_membership::v1::{
    application_files_client::ApplicationFilesClient,
    application_forms_client::ApplicationFormsClient, applications_client::ApplicationsClient,
    consents_client::ConsentsClient, divisions_client::DivisionsClient, logos_client::LogosClient,
    member_exports_client::MemberExportsClient, member_letters_client::MemberLettersClient,
    membership_certificates_client::MembershipCertificatesClient,
    memberships_client::MembershipsClient, organisations_client::OrganisationsClient,
    verification_client::VerificationClient,
};
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use testkit::{Scratch, Signing, Stage};
use time::{OffsetDateTime, macros::datetime};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

pub const URL: &str = "https://wskx.example.cn";
/// When every world begins: half past midnight in China, the day before in UTC.
pub const NOW: OffsetDateTime = datetime!(2026-05-01 00:30 +8);

pub struct World {
    pub database: testkit::Database,
    pub clock: Clock,
    pub stage: Stage,
    /// Makes files when a test tells its worker to.
    pub exports: exports::Exports,
    /// Sends letters when a test tells its worker to.
    pub letters: letters::Letters,
    /// Where files are.
    pub files: Scratch,
    /// 中国科协
    pub headquarters: Uuid,
    /// 中国计算机学会, B-20.
    pub society: Uuid,
    /// 中国物理学会, A-02.
    pub other_society: Uuid,
    /// First reviewer of the society.
    pub reviewer: Actor,
    /// Approver of the society.
    pub approver: Actor,
    /// Member desk of the society.
    pub desk: Actor,
    /// Has every role at the other society.
    pub stranger: Actor,
}

/// A caller.
#[derive(Clone)]
pub struct Actor {
    pub id: Uuid,
    /// Person number; empty for systems.
    pub number: String,
    pub name: String,
    pub verified: bool,
    /// Of a society's system.
    pub organisation: Option<Uuid>,
    pub scope: &'static str,
}

pub fn keys() -> Keys {
    Keys::parse("1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap()
}

pub fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../seeds")
}

/// Migrated, not seeded.
pub async fn empty_database() -> testkit::Database {
    testkit::database("membership_empty", async |pool: &PgPool| {
        kit::lifecycle::migrate_service::<membership::Service>(pool).await
    })
    .await
}

async fn seeded_database() -> testkit::Database {
    testkit::database("membership", async |pool: &PgPool| {
        kit::lifecycle::migrate_service::<membership::Service>(pool).await?;
        let db = Db::new(pool.clone(), eventlog::Nudge::new());
        membership::seed::load(&db, &Clock::fixed(NOW), &seeds())
            .await
            .map(drop)
    })
    .await
}

impl World {
    pub async fn new() -> Self {
        let database = seeded_database().await;
        let pool = database.pool.clone();
        Self::over(database, pool).await
    }

    /// Its statements are told to `tracing`.
    pub async fn logging() -> Self {
        let database = seeded_database().await;
        let pool = PgPoolOptions::new().connect_lazy(&database.url).unwrap();
        Self::over(database, pool).await
    }

    /// Its service has one connection: a call that holds it and asks for another waits in vain.
    pub async fn narrow() -> Self {
        let database = seeded_database().await;
        let one = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5));
        let pool = one.connect_lazy(&database.url).unwrap();
        Self::over(database, pool).await
    }

    async fn over(database: testkit::Database, pool: PgPool) -> Self {
        let clock = Clock::fixed(NOW);
        let db = Db::new(pool, eventlog::Nudge::new());
        let files = Scratch::new("membership-files").unwrap();
        let (stage, exports, letters) = serve(&db, &clock, &files).await;
        let code = async |code: &str| organisation_id(&database.pool, code).await;
        let (headquarters, society, other_society) =
            (code("CAST").await, code("B-20").await, code("A-02").await);
        let mut world = Self {
            clock,
            stage,
            exports,
            letters,
            files,
            headquarters,
            society,
            other_society,
            reviewer: Actor::person("初审员"),
            approver: Actor::person("终审员"),
            desk: Actor::person("会员部"),
            stranger: Actor::person("外人"),
            database,
        };
        world.reviewer = world.staff("society.reviewer", society).await;
        world.approver = world.staff("society.approver", society).await;
        world.desk = world.staff("society.member_desk", society).await;
        world.stranger = world
            .staff("organisation.administrator", other_society)
            .await;
        world
    }

    /// Another replica on the same database.
    pub async fn replica(&self) -> Stage {
        let pool = PgPoolOptions::new()
            .connect_lazy(&self.database.url)
            .unwrap();
        let db = Db::new(pool, eventlog::Nudge::new());
        serve(&db, &self.clock, &self.files).await.0
    }

    pub fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    pub fn person(&self, name: &str) -> Actor {
        Actor::person(name)
    }

    pub async fn staff(&self, role: &str, organisation: Uuid) -> Actor {
        let actor = Actor::person("工作人员");
        self.grant(&actor, role, organisation).await;
        actor
    }

    pub async fn grant(&self, actor: &Actor, role: &str, organisation: Uuid) {
        let mut conn = self.pool().acquire().await.unwrap();
        put_grant(&mut conn, Uuid::now_v7(), actor.id, role, organisation)
            .await
            .unwrap();
    }

    /// A society's system.
    pub fn system(&self, organisation: Uuid, scope: &'static str) -> Actor {
        Actor {
            organisation: Some(organisation),
            scope,
            number: String::new(),
            ..Actor::person("")
        }
    }

    /// A request of this caller.
    pub fn by<T>(&self, actor: &Actor, message: T) -> Request<T> {
        testkit::as_(&actor.caller(), message)
    }

    pub fn applications(&self) -> ApplicationsClient<Signing> {
        ApplicationsClient::new(self.stage.channel.clone())
    }

    pub fn application_forms(&self) -> ApplicationFormsClient<Signing> {
        ApplicationFormsClient::new(self.stage.channel.clone())
    }

    pub fn application_files(&self) -> ApplicationFilesClient<Signing> {
        ApplicationFilesClient::new(self.stage.channel.clone())
    }

    pub fn memberships(&self) -> MembershipsClient<Signing> {
        MembershipsClient::new(self.stage.channel.clone())
    }

    pub fn certificates(&self) -> MembershipCertificatesClient<Signing> {
        MembershipCertificatesClient::new(self.stage.channel.clone())
    }

    pub fn organisations(&self) -> OrganisationsClient<Signing> {
        OrganisationsClient::new(self.stage.channel.clone())
    }

    pub fn logos(&self) -> LogosClient<Signing> {
        LogosClient::new(self.stage.channel.clone())
    }

    pub fn divisions(&self) -> DivisionsClient<Signing> {
        DivisionsClient::new(self.stage.channel.clone())
    }

    pub fn verification(&self) -> VerificationClient<Signing> {
        VerificationClient::new(self.stage.channel.clone())
    }

    pub fn consents(&self) -> ConsentsClient<Signing> {
        ConsentsClient::new(self.stage.channel.clone())
    }

    pub fn member_letters(&self) -> MemberLettersClient<Signing> {
        MemberLettersClient::new(self.stage.channel.clone())
    }

    pub fn member_exports(&self) -> MemberExportsClient<Signing> {
        MemberExportsClient::new(self.stage.channel.clone())
    }

    /// The events of a type that wait for the relay, oldest first.
    pub async fn events<M: prost::Message + prost::Name + Default>(&self) -> Vec<M> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from eventlog.outbox where event_type = $1 order by seq",
        )
        .bind(M::NAME)
        .fetch_all(self.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| M::decode(payload.as_slice()).unwrap())
            .collect()
    }

    /// How many audit records an action has left.
    pub async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit.records where action like '%/' || $1")
            .bind(action)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// Keeps every transaction that wants to publish from going on, until the value is dropped.
    pub async fn hold_events(&self) -> sqlx::Transaction<'static, sqlx::Postgres> {
        let mut tx = self.pool().begin().await.unwrap();
        sqlx::query("lock table eventlog.outbox in exclusive mode")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx
    }

    /// Waits until so many sessions of this database wait for a lock.
    pub async fn until_waiting(&self, sessions: i64) {
        let mut conn = PgConnection::connect(&self.database.url).await.unwrap();
        for _ in 0..1_000 {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(&mut conn)
            .await
            .unwrap();
            if waiting >= sessions {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("fewer than {sessions} sessions wait");
    }

    /// Every test ends with this.
    pub async fn check(&self) {
        crate::invariants::check(self.pool()).await;
    }
}

impl Actor {
    pub fn person(name: &str) -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            number: format!("{:016}", id.as_u128() % 10_000_000_000_000_000),
            name: name.to_owned(),
            verified: true,
            organisation: None,
            scope: "",
        }
    }

    /// As the layer makes it of a token of identity.
    pub fn caller(&self) -> Caller {
        match self.organisation {
            Some(organisation_id) => Caller::Client(ClientCaller {
                client_id: self.id,
                organisation_id,
                scopes: vec![self.scope.to_owned()],
                organisation_path: None,
                origin: Default::default(),
            }),
            None => Caller::Person(PersonCaller {
                person_id: self.id,
                account_id: Uuid::now_v7(),
                session_id: Some(Uuid::now_v7()),
                person_number: self.number.clone(),
                name: self.verified.then(|| self.name.clone().into()),
                verified: self.verified,
                grants: Vec::new(),
                origin: Default::default(),
                subject_check: Default::default(),
            }),
        }
    }

    pub fn unverified(name: &str) -> Self {
        Self {
            verified: false,
            ..Self::person(name)
        }
    }
}

pub async fn organisation_id(pool: &PgPool, code: &str) -> Uuid {
    sqlx::query_scalar("select organisation_id from organisations where code = $1")
        .bind(code)
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Code, reason and metadata of a refusal.
pub struct Refusal {
    pub code: Code,
    pub reason: String,
    pub metadata: std::collections::HashMap<String, String>,
    pub fields: Vec<String>,
}

pub fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> Refusal {
    let status = answer.expect_err("it should have been refused");
    let details = status.get_error_details();
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("no reason: {status:?}"));
    let fields = details.bad_request().map(|bad| {
        bad.field_violations
            .iter()
            .map(|v| v.field.clone())
            .collect()
    });
    Refusal {
        code: status.code(),
        reason: info.reason.clone(),
        metadata: info.metadata.clone(),
        fields: fields.unwrap_or_default(),
    }
}

/// The reason alone.
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    refusal(answer).reason
}

/// Where the files of a test are.
pub fn store(files: &Scratch) -> files::Store {
    let settings = files::Settings {
        files_url: Some(format!("file://{}", files.path().display())),
        ..files::Settings::default()
    };
    files::Store::open(&settings, "membership", keys()).unwrap()
}

async fn serve(
    db: &Db,
    clock: &Clock,
    files: &Scratch,
) -> (Stage, exports::Exports, letters::Letters) {
    let keys = keys();
    let store = store(files);
    let service = membership::Service::load(db, &keys, clock, URL, (&store, None));
    let service = service.await.unwrap();
    let routes = kit::Service::routes(&service);
    let stage = testkit::serve(routes, db, &keys, clock).await;
    (stage, service.exports().clone(), service.letters().clone())
}
