//! A service in this process on a database of its own, and its callers.

use std::{
    fmt::Debug,
    sync::{LazyLock, Mutex},
};

use events::{Context, Service, admission::Limits};
use kit::{
    access::{
        Caller, ClientCaller, Organisation, Origin, PersonCaller, put_grant, put_organisation,
    },
    clock::Clock,
    crypto::Keys,
    db::Db,
    wire::timestamp,
};
use proto_events::v1::{
    self as wire, Activity, CreateActivityRequest, CreateRegistrationRequest, GetActivityRequest,
    PublishActivityRequest, Registration, Ticket, activities_client::ActivitiesClient,
    attendance_certificates_client::AttendanceCertificatesClient, check_ins_client::CheckInsClient,
    covers_client::CoversClient, registration_exports_client::RegistrationExportsClient,
    registration_files_client::RegistrationFilesClient,
    registration_forms_client::RegistrationFormsClient,
    registration_letters_client::RegistrationLettersClient,
    registrations_client::RegistrationsClient,
};
use sqlx::{
    AssertSqlSafe, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
pub use testkit::as_;
use testkit::{Scratch, Signing, Stage};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// The address of the platform.
pub const URL: &str = "https://wskx.example.cn";
/// The initial time of every test: a Friday morning in Beijing.
pub const NOW: OffsetDateTime = datetime!(2026-05-01 10:00 +8);

pub static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    Keys::parse("1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").expect("a key of 32 bytes")
});

pub struct World {
    pub database: testkit::Database,
    pub context: Context,
    pub clock: Clock,
    stage: Stage,
    /// Makes files when a test tells its worker to.
    pub exports: exports::Exports,
    /// Sends letters when a test tells its worker to.
    pub letters: letters::Letters,
    /// Where files are.
    pub files: Scratch,
    replicas: Mutex<Vec<Stage>>,
    /// 中国科协, above the other two.
    pub headquarters: Uuid,
    pub society: Uuid,
    pub other_society: Uuid,
    /// Manages the activities of the society.
    pub staff: Caller,
    /// Manages the activities of the other society.
    pub stranger: Caller,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let database = database().await;
        let clock = Clock::fixed(NOW);
        let pool = database.pool.clone();
        let context = context(pool.clone(), &clock);
        let headquarters = organisation(&pool, "CAST", "中国科学技术协会", None).await;
        let society = organisation(&pool, "B-20", "中国计算机学会", Some(headquarters)).await;
        let other_society = organisation(&pool, "A-02", "中国物理学会", Some(headquarters)).await;
        let staff = desk_of(&pool, society).await;
        let stranger = desk_of(&pool, other_society).await;
        let files = Scratch::new("events-files").expect("a folder");
        let (stage, exports, letters) = serve(&context, limits, &files).await;
        Self {
            database,
            context,
            clock,
            stage,
            exports,
            letters,
            files,
            replicas: Mutex::default(),
            headquarters,
            society,
            other_society,
            staff,
            stranger,
        }
    }

    pub fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    pub fn channel(&self) -> Signing {
        self.stage.channel.clone()
    }

    pub fn activities(&self) -> ActivitiesClient<Signing> {
        ActivitiesClient::new(self.stage.channel.clone())
    }

    pub fn registrations(&self) -> RegistrationsClient<Signing> {
        RegistrationsClient::new(self.stage.channel.clone())
    }

    pub fn registration_exports(&self) -> RegistrationExportsClient<Signing> {
        RegistrationExportsClient::new(self.stage.channel.clone())
    }

    pub fn registration_letters(&self) -> RegistrationLettersClient<Signing> {
        RegistrationLettersClient::new(self.stage.channel.clone())
    }

    pub fn certificates(&self) -> AttendanceCertificatesClient<Signing> {
        AttendanceCertificatesClient::new(self.stage.channel.clone())
    }

    pub fn registration_forms(&self) -> RegistrationFormsClient<Signing> {
        RegistrationFormsClient::new(self.stage.channel.clone())
    }

    pub fn registration_files(&self) -> RegistrationFilesClient<Signing> {
        RegistrationFilesClient::new(self.stage.channel.clone())
    }

    pub fn covers(&self) -> CoversClient<Signing> {
        CoversClient::new(self.stage.channel.clone())
    }

    pub fn check_ins(&self) -> CheckInsClient<Signing> {
        CheckInsClient::new(self.stage.channel.clone())
    }

    /// Another process of the same service on the same database, with a pool of its own.
    pub async fn replica(&self) -> RegistrationsClient<Signing> {
        let options: PgConnectOptions = self.database.url.parse().expect("an address");
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect_lazy_with(options);
        let context = context(pool, &self.clock);
        let (stage, ..) = serve(&context, Limits::default(), &self.files).await;
        let client = RegistrationsClient::new(stage.channel.clone());
        self.replicas
            .lock()
            .expect("no test panicked here")
            .push(stage);
        client
    }

    /// A draft of the society: tomorrow afternoon, worth 90 minutes.
    pub async fn draft(&self, capacity: i32) -> Activity {
        let request = draft(self.society, capacity);
        ok(self
            .activities()
            .create_activity(as_(&self.staff, request))
            .await)
    }

    /// A published activity of the society, from tomorrow 10:00 to 12:00.
    pub async fn published(&self, capacity: i32) -> Activity {
        let draft = self.draft(capacity).await;
        self.publish(&draft).await
    }

    pub async fn publish(&self, draft: &Activity) -> Activity {
        let request = PublishActivityRequest {
            activity_id: draft.activity_id.clone(),
            request_id: String::new(),
        };
        ok(self
            .activities()
            .publish_activity(as_(&self.staff, request))
            .await)
    }

    pub async fn activity(&self, activity: &Activity) -> Activity {
        let request = GetActivityRequest {
            activity_id: activity.activity_id.clone(),
        };
        ok(self
            .activities()
            .get_activity(as_(&self.staff, request))
            .await)
    }

    pub async fn register(&self, person: &Caller, activity: &Activity) -> Registration {
        ok(register(&self.registrations(), person, activity, "").await)
    }

    pub async fn ticket(&self, person: &Caller, registration: &Registration) -> Ticket {
        let request = wire::GetTicketRequest {
            registration_id: registration.registration_id.clone(),
        };
        ok(self.registrations().get_ticket(as_(person, request)).await)
    }

    /// Registrations of an activity that hold a seat.
    pub async fn holding(&self, activity: &Activity) -> i64 {
        self.count(
            "select count(*) from registrations where activity_id = $1 and state <> 'cancelled'",
            activity,
        )
        .await
    }

    /// The count that a statement with one parameter, the activity, returns.
    pub async fn count(&self, sql: &'static str, activity: &Activity) -> i64 {
        sqlx::query_scalar(sql)
            .bind(id(&activity.activity_id))
            .fetch_one(self.pool())
            .await
            .expect("a count")
    }

    /// Runs `invariants.sql`.
    pub async fn invariants(&self) {
        let (mut what, mut statement, mut checked) = ("", String::new(), 0);
        for line in include_str!("../../invariants.sql").lines() {
            if line.starts_with("--") {
                what = line;
                continue;
            }
            statement.push_str(line);
            statement.push('\n');
            if let Some(complete) = statement.trim().strip_suffix(';') {
                let counting = format!("select count(*) from ({complete}) as broken");
                let broken: i64 = sqlx::query_scalar(AssertSqlSafe(counting))
                    .fetch_one(self.pool())
                    .await
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(broken, 0, "broken: {what}");
                checked += 1;
                statement.clear();
            }
        }
        assert_eq!(checked, 31);
    }

    /// Holds the lock on the seats of an activity until the value is dropped or released.
    pub async fn hold_seats(
        &self,
        activity: &Activity,
    ) -> sqlx::Transaction<'static, sqlx::Postgres> {
        let mut tx = self.pool().begin().await.expect("a transaction");
        sqlx::query("select 1 from seats where activity_id = $1 for update")
            .bind(id(&activity.activity_id))
            .execute(&mut *tx)
            .await
            .expect("the lock");
        tx
    }

    /// Waits until this many backends wait for a lock in this world's database.
    pub async fn until_waiting_for_locks(&self, at_least: i64) {
        for _ in 0..500 {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .fetch_one(self.pool())
            .await
            .expect("a count");
            if waiting >= at_least {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no backend waits for a lock");
    }
}

pub async fn database() -> testkit::Database {
    testkit::database("events", async |pool| {
        kit::lifecycle::migrate_service::<Service>(pool).await
    })
    .await
}

pub fn context(pool: PgPool, clock: &Clock) -> Context {
    Context {
        db: Db::new(pool, eventlog::Nudge::new()),
        keys: KEYS.clone(),
        clock: clock.clone(),
    }
}

/// Where the files of a test are.
pub fn store(files: &Scratch) -> files::Store {
    let url = format!("file://{}", files.path().display());
    let settings = files::Settings {
        files_url: Some(url),
        ..files::Settings::default()
    };
    files::Store::open(&settings, "events", KEYS.clone()).expect("a folder")
}

async fn serve(
    context: &Context,
    limits: Limits,
    files: &Scratch,
) -> (Stage, exports::Exports, letters::Letters) {
    let service = events::Service::load(context, limits, (&store(files), None), URL).await;
    let service = service.expect("keys");
    let routes = kit::Service::routes(&service);
    let stage = testkit::serve(routes, &context.db, &context.keys, &context.clock).await;
    (stage, service.exports().clone(), service.letters().clone())
}

async fn organisation(pool: &PgPool, code: &str, name: &str, parent_id: Option<Uuid>) -> Uuid {
    let organisation_id = Uuid::now_v7();
    let above = parent_id.map_or("/".to_owned(), |parent| format!("/{parent}/"));
    let organisation = Organisation {
        organisation_id,
        parent_id,
        code: code.to_owned(),
        name: name.to_owned(),
        kind: "NATIONAL_SOCIETY".to_owned(),
        division_code: String::new(),
        subject_class: "ENGINEERING".to_owned(),
        path: format!("{above}{organisation_id}/"),
    };
    let mut conn = pool.acquire().await.expect("a connection");
    put_organisation(&mut conn, &organisation)
        .await
        .expect("an organisation");
    organisation_id
}

/// A person with the role of an activity desk.
pub async fn desk_of(pool: &PgPool, organisation_id: Uuid) -> Caller {
    let caller = person();
    let mut conn = pool.acquire().await.expect("a connection");
    let role = "society.activity_desk";
    put_grant(
        &mut conn,
        Uuid::now_v7(),
        person_id(&caller),
        role,
        organisation_id,
    )
    .await
    .expect("a grant");
    caller
}

/// A scientist with a verified name.
pub fn person() -> Caller {
    named_person(Some("王小明"))
}

pub fn named_person(name: Option<&str>) -> Caller {
    let person_id = Uuid::now_v7();
    Caller::Person(PersonCaller {
        person_id,
        account_id: Uuid::now_v7(),
        session_id: None,
        person_number: person_id.simple().to_string()[16..].to_owned(),
        name: name.map(Into::into),
        verified: name.is_some(),
        grants: Vec::new(),
        origin: Origin::default(),
        subject_check: Default::default(),
    })
}

pub fn person_id(caller: &Caller) -> Uuid {
    caller.person().expect("a person").person_id
}

pub fn client(organisation_id: Uuid, scopes: &[&str]) -> Caller {
    Caller::Client(ClientCaller {
        client_id: Uuid::now_v7(),
        organisation_id,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        organisation_path: None,
        origin: Origin::default(),
    })
}

pub fn anonymous() -> Caller {
    Caller::Anonymous(Origin::default())
}

pub fn draft(organisation_id: Uuid, capacity: i32) -> CreateActivityRequest {
    CreateActivityRequest {
        organisation_id: organisation_id.to_string(),
        title: "人工智能前沿报告会".to_owned(),
        description: "两场报告，一次讨论。".to_owned(),
        kind: wire::activity::Kind::Lecture.into(),
        starts_at: Some(timestamp(NOW + Duration::DAY)),
        ends_at: Some(timestamp(NOW + Duration::hours(26))),
        registration_closes_at: None,
        division_code: "110108".to_owned(),
        place: "一号报告厅".to_owned(),
        capacity,
        credit_minutes: 90,
        request_id: String::new(),
    }
}

pub async fn register(
    at: &RegistrationsClient<Signing>,
    person: &Caller,
    activity: &Activity,
    request_id: &str,
) -> Result<Response<Registration>, Status> {
    let request = CreateRegistrationRequest {
        activity_id: activity.activity_id.clone(),
        division_code: "440100".to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    at.clone().create_registration(as_(person, request)).await
}

pub async fn cancel(
    at: &RegistrationsClient<Signing>,
    person: &Caller,
    registration: &Registration,
    request_id: &str,
) -> Result<Response<Registration>, Status> {
    let request = wire::CancelRegistrationRequest {
        registration_id: registration.registration_id.clone(),
        request_id: request_id.to_owned(),
    };
    at.clone().cancel_registration(as_(person, request)).await
}

pub fn ok<T: Debug>(answer: Result<Response<T>, Status>) -> T {
    answer
        .map_err(|status| format!("{} {}", reason(&status), status))
        .expect("a success")
        .into_inner()
}

/// The reason of a refusal.
pub fn refused<T: Debug>(answer: Result<Response<T>, Status>) -> String {
    reason(&answer.expect_err("a refusal"))
}

/// The first field of a refusal for bad input.
pub fn field<T: Debug>(answer: Result<Response<T>, Status>) -> String {
    let status = answer.expect_err("a refusal");
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let details = status.get_error_details();
    let violations = details.bad_request().expect("violations");
    violations.field_violations[0].field.clone()
}

pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .map_or_else(|| format!("{status:?}"), |info| info.reason.clone())
}

/// The metadata of a refusal under `key`.
pub fn metadata(status: &Status, key: &str) -> String {
    let details = status.get_error_details();
    details.error_info().expect("a reason").metadata[key].clone()
}

pub fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}
