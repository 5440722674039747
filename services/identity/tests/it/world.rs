//! An identity service of its own for each test, and people with browsers around it.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration as Period,
};

use async_trait::async_trait;
use identity::{
    Parts,
    credentials::hasher::Hasher,
    deliveries::{Content, Delivery, Kind, Transport, Transports, sender::Sender},
    devices::DEVICE,
    grants::{self, store::NewGrant},
    keys::{Published, Signing},
    resident_id::{
        ResidentId,
        rules::mod_11_2,
        verifier::{Answer, Verifier, VerifierError},
    },
    seed::Seeder,
    session_tokens::Tokens,
    sessions::SESSION,
    sign_on::client_authentication::ClientKeys,
    throttles,
};
use jobs::{Outcome, WakeUp};
use kit::{
    access::{self, Internal, Organisation, put_organisation},
    clock::Clock,
    crypto::Keys,
    db::Db,
    outside::Outside,
    server::{Gate, Server},
};
use proto_identity::v1::{
    self as wire, Account, Person, RequestCodeResponse, accounts_client::AccountsClient,
    audit_client::AuditClient, clients_client::ClientsClient,
    grant_proposals_client::GrantProposalsClient, grants_client::GrantsClient,
    guardians_client::GuardiansClient, persons_client::PersonsClient,
    request_code_request::Purpose, sessions_client::SessionsClient, sign_on_client::SignOnClient,
};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

pub const URL: &str = "https://wskx.example.cn";
pub const PASSWORD: &str = "correct battery staple";
/// When every world begins.
pub const NOW: OffsetDateTime = datetime!(2026-11-21 10:00 +8);

pub struct World {
    pub database: testkit::Database,
    pub db: Db,
    pub clock: Clock,
    pub channel: Channel,
    pub parts: Parts,
    pub outbox: Outbox,
    pub authority: Authority,
    pub internal: Internal,
    pub sender: Sender,
    stop: CancellationToken,
    /// 中国科协
    pub headquarters: Uuid,
    /// 中国计算机学会
    pub society: Uuid,
    /// 中国数学会
    pub other_society: Uuid,
}

/// What was sent to people.
#[derive(Clone, Default)]
pub struct Outbox(pub Arc<Mutex<Vec<(Kind, String, Content)>>>);

#[async_trait]
impl Transport for Outbox {
    async fn send(&self, delivery: &Delivery, _: OffsetDateTime) -> Outcome {
        let message = (
            delivery.kind,
            delivery.recipient.clone(),
            delivery.content.clone(),
        );
        self.0.lock().unwrap().push(message);
        Outcome::Done
    }
}

/// The authority that knows names and numbers: by default it agrees with everything.
#[derive(Clone, Default)]
pub struct Authority {
    pub away: Arc<AtomicBool>,
    pub disagrees: Arc<AtomicBool>,
    pub asked: Arc<AtomicU32>,
}

#[async_trait]
impl Verifier for Authority {
    async fn verify(
        &self,
        _: Uuid,
        _: &str,
        _: &ResidentId,
        _: OffsetDateTime,
    ) -> Result<Answer, VerifierError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match (
            self.away.load(Ordering::SeqCst),
            self.disagrees.load(Ordering::SeqCst),
        ) {
            (true, _) => Err(VerifierError("HTTP 503".to_owned())),
            (false, true) => Ok(Answer::Mismatch),
            (false, false) => Ok(Answer::Match),
        }
    }
}

pub fn keys() -> Keys {
    Keys::parse("1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap()
}

pub fn seeds() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../seeds")
}

pub async fn database() -> testkit::Database {
    testkit::database("identity", async |pool: &PgPool| {
        kit::lifecycle::migrate(pool, &<identity::Service as kit::Service>::migrator()).await
    })
    .await
}

/// A phone number that no other person of this test program has.
pub fn phone() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("199{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A valid resident identity number that no person has: there is no division 119901.
pub fn resident_id(sequence: u16) -> String {
    born("19900307", sequence)
}

/// Likewise, of a person born on this day.
pub fn born(day: &str, sequence: u16) -> String {
    let digits = format!("119901{day}{sequence:03}");
    let check = mod_11_2(&digits);
    format!("{digits}{check}")
}

impl World {
    pub async fn new() -> Self {
        Self::with(Hasher::with(2, 64).unwrap()).await
    }

    pub async fn with(hasher: Hasher) -> Self {
        let database = database().await;
        let clock = Clock::fixed(NOW);
        let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
        let authority = Authority::default();
        let parts = Parts {
            db: db.clone(),
            keys: keys(),
            clock: clock.clone(),
            issuer: URL.to_owned(),
            hasher,
            signing: Signing::load(&db, &keys(), &clock).await.unwrap(),
            tokens: Tokens::default(),
            verifier: Arc::new(authority.clone()),
            deliveries: WakeUp::default(),
            unread: identity::notices::unread::Unread::new(db.clone(), clock.clone()),
            code_queues: Arc::default(),
            codes_per_origin: identity::codes::rules::MOST_AN_ORIGIN,
            development: true,
            client_keys: ClientKeys::new({
                identity::install_crypto();
                Outside::new(true).unwrap()
            }),
        };
        let outbox = Outbox::default();
        let way: Arc<dyn Transport> = Arc::new(outbox.clone());
        let sender = Sender {
            db: db.clone(),
            keys: keys(),
            clock: clock.clone(),
            transports: Transports {
                sms: way.clone(),
                mail: way,
            },
            wake_up: WakeUp::default(),
        };
        let secret = SecretString::from("an internal secret of the tests, long enough");
        let internal = Internal::new("gateway", &secret, None, clock.clone());
        let (channel, stop) = serve(&parts, &internal).await;
        let headquarters = organisation(&database.pool, "CAST", "中国科学技术协会", None).await;
        let society =
            organisation(&database.pool, "B-20", "中国计算机学会", Some(headquarters)).await;
        let other_society =
            organisation(&database.pool, "A-01", "中国数学会", Some(headquarters)).await;
        Self {
            database,
            db,
            clock,
            channel,
            parts,
            outbox,
            authority,
            internal,
            sender,
            stop,
            headquarters,
            society,
            other_society,
        }
    }

    pub fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    pub fn wait(&self, time: Duration) {
        self.clock.set(self.clock.now() + time);
    }

    /// A browser at a network address of its own, without a session.
    pub fn browser(&self) -> Browser {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let address = Ipv4Addr::from_bits(0x0a00_0000 + NEXT.fetch_add(1, Ordering::Relaxed));
        Browser {
            internal: self.internal.clone(),
            channel: self.channel.clone(),
            address,
            session: None,
            device: None,
            work: None,
        }
    }

    /// What `sql` counts.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(self.pool())
            .await
            .unwrap();
    }

    /// Types of the events left for the relay, in their order.
    pub async fn events(&self) -> Vec<String> {
        sqlx::query_scalar("select event_type from eventlog.outbox order by seq")
            .fetch_all(self.pool())
            .await
            .unwrap()
    }

    /// Sends what is due and returns the last message to this address.
    pub async fn message(&self, address: &str) -> Content {
        let worker = self.sender.worker();
        while worker.run_due().await.unwrap() > 0 {}
        let messages = self.outbox.0.lock().unwrap();
        let to = messages
            .iter()
            .rev()
            .find(|(_, recipient, _)| recipient.ends_with(address));
        to.unwrap_or_else(|| panic!("no message to {address}"))
            .2
            .clone()
    }

    /// Asks for a code and reads it from the message.
    pub async fn code(
        &self,
        browser: &Browser,
        purpose: Purpose,
        address: &str,
    ) -> (String, String) {
        let answer = browser.request_code(purpose, address).await.unwrap();
        let message = self.message(address).await;
        (answer.code_id, message.code.expect("a code in the message"))
    }

    /// Signs up with a phone number.
    pub async fn signed_up(&self, phone: &str) -> (Browser, Account) {
        let mut browser = self.browser();
        let (code_id, code) = self.code(&browser, Purpose::SignUp, phone).await;
        let account = browser
            .create_account(&sign_up(&code_id, &code))
            .await
            .unwrap();
        (browser, account)
    }

    /// Signs up and proves who they are.
    pub async fn verified(&self, sequence: u16) -> (Browser, Account) {
        let (browser, account) = self.signed_up(&phone()).await;
        browser
            .verify("王示例", &resident_id(sequence))
            .await
            .unwrap();
        (browser, account)
    }

    /// A verified person who holds a role, given outside of the methods.
    pub async fn staff(
        &self,
        sequence: u16,
        role: &'static str,
        organisation_id: Uuid,
    ) -> (Browser, Account) {
        let (browser, account) = self.verified(sequence).await;
        self.hold(account.person_id.parse().unwrap(), role, organisation_id)
            .await;
        (browser, account)
    }

    /// Gives a role outside of the methods; returns the grant.
    pub async fn hold(&self, person_id: Uuid, role: &'static str, organisation_id: Uuid) -> Uuid {
        let mut conn = self.pool().acquire().await.unwrap();
        let grant = NewGrant {
            grant_id: Uuid::now_v7(),
            person_id,
            role,
            organisation_id,
            last_day: None,
            given_by: "service:test",
            given_at: self.clock.now(),
        };
        grants::store::insert(&mut conn, &grant).await.unwrap();
        grant.grant_id
    }

    /// How many audit records of this actor have this outcome.
    pub async fn records(&self, actor: &str, outcome: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit.records where actor = $1 and outcome = $2")
            .bind(actor)
            .bind(outcome)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// Has everybody who locks one of these persons wait until the transaction ends.
    pub async fn held(&self, persons: &[&Account]) -> Transaction<'static, Postgres> {
        let ids: Vec<Uuid> = persons
            .iter()
            .map(|a| a.person_id.parse().unwrap())
            .collect();
        let mut held = self.pool().begin().await.unwrap();
        sqlx::query(
            "select 1 from persons where person_id = any($1) order by person_id for update",
        )
        .bind(ids)
        .execute(&mut *held)
        .await
        .unwrap();
        held
    }

    /// Until so many transactions wait for a lock.
    pub async fn waiting(&self, count: i64) {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        for _ in 0..500 {
            if self.count(waiting).await == count {
                return;
            }
            tokio::time::sleep(Period::from_millis(10)).await;
        }
        panic!("{} wait, not {count}", self.count(waiting).await);
    }

    /// The same person in a session of the present day.
    pub async fn again(&self, browser: Browser) -> Browser {
        let secret = browser.session.clone().unwrap();
        let account_id: Uuid =
            sqlx::query_scalar("select account_id from sessions where secret_hash = $1")
                .bind(identity::secrets::secret_hash(&secret))
                .fetch_one(self.pool())
                .await
                .unwrap();
        let now = self.clock.now();
        sqlx::query(
            "update sessions set created_at = $2, last_used_at = $2, expires_at = $3 where account_id = $1",
        )
        .bind(account_id)
        .bind(now)
        .bind(now + Duration::days(30))
        .execute(self.pool())
        .await
        .unwrap();
        browser
    }

    /// Enters demo accounts.
    pub fn seeder(&self) -> Seeder {
        Seeder {
            db: self.db.clone(),
            keys: keys(),
            clock: self.clock.clone(),
            hasher: self.parts.hasher.clone(),
        }
    }

    /// The same service as it runs in production.
    pub async fn production(&self) -> Channel {
        let parts = Parts {
            development: false,
            ..self.parts.clone()
        };
        serve(&parts, &self.internal).await.0
    }

    /// Another replica on the same database.
    pub async fn replica(&self) -> Channel {
        serve(&self.parts, &self.internal).await.0
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Not `testkit::serve`: these tests are about the tokens that identity itself issues.
async fn serve(parts: &Parts, internal: &Internal) -> (Channel, CancellationToken) {
    let keys = Arc::new(Published(parts.db.clone()));
    let gate = Gate {
        verifier: access::Verifier::new(URL, keys, parts.clock.clone()),
        internal: internal.clone(),
        db: parts.db.clone(),
        open_reflection: false,
        clock: parts.clock.clone(),
        keys: parts.keys.clone(),
    };
    let server = Server::new(parts.routes(), gate).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(listener, stop.clone(), Period::ZERO));
    (Channel::from_shared(url).unwrap().connect_lazy(), stop)
}

async fn organisation(pool: &PgPool, code: &str, name: &str, parent: Option<Uuid>) -> Uuid {
    let id = Uuid::now_v7();
    let path = match parent {
        Some(parent) => format!("/{parent}/{id}/"),
        None => format!("/{id}/"),
    };
    let organisation = Organisation {
        organisation_id: id,
        parent_id: parent,
        code: code.to_owned(),
        name: name.to_owned(),
        kind: "NATIONAL_SOCIETY".to_owned(),
        division_code: String::new(),
        subject_class: "ENGINEERING".to_owned(),
        path,
    };
    put_organisation(&mut pool.acquire().await.unwrap(), &organisation)
        .await
        .unwrap();
    id
}

pub fn sign_up(code_id: &str, code: &str) -> wire::CreateAccountRequest {
    wire::CreateAccountRequest {
        code_id: code_id.to_owned(),
        code: code.to_owned(),
        password: PASSWORD.to_owned(),
        display_name: "小王".to_owned(),
        division_code: "110108".to_owned(),
        request_id: String::new(),
    }
}

/// A person's browser, seen through the gateway: it states the address and turns the cookie into a token.
#[derive(Clone)]
pub struct Browser {
    pub internal: Internal,
    pub channel: Channel,
    pub address: Ipv4Addr,
    pub session: Option<String>,
    /// The cookie of the device.
    pub device: Option<String>,
    /// The proof of work it sends along.
    pub work: Option<String>,
}

impl Browser {
    /// A call as the gateway sends it: with its own token, and where the call came from.
    pub fn via_gateway<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("x-cast-internal", self.internal.token().unwrap());
        metadata.insert("x-cast-origin", self.address.to_string().parse().unwrap());
        metadata.insert(
            "x-cast-user-agent",
            "Mozilla/5.0 (Android 15) Firefox/140.0".parse().unwrap(),
        );
        if let Some(device) = &self.device {
            metadata.insert(DEVICE, device.parse().unwrap());
        }
        if let Some(work) = &self.work {
            metadata.insert(throttles::work::HEADER, work.parse().unwrap());
        }
        request
    }

    /// Does the work that this refusal asks for.
    pub fn work_for(&mut self, refusal: &Status) {
        assert_eq!(reason(refusal), "PROOF_OF_WORK_REQUIRED");
        let challenge = detail(refusal, "challenge").unwrap();
        let bits = detail(refusal, "difficulty").unwrap().parse().unwrap();
        self.work = Some(throttles::work::solve(&challenge, bits));
    }

    /// The token behind the cookie.
    pub async fn token(&self) -> Result<String, Status> {
        let secret = self.session.clone().unwrap_or_default();
        let request = self.via_gateway(wire::ResolveSessionRequest { secret });
        Ok(self
            .sessions()
            .resolve_session(request)
            .await?
            .into_inner()
            .access_token)
    }

    /// A call of the person who is signed in.
    pub async fn signed<T>(&self, message: T) -> Result<Request<T>, Status> {
        Ok(self.with_token(&self.token().await?, message))
    }

    pub fn with_token<T>(&self, token: &str, message: T) -> Request<T> {
        let mut request = self.via_gateway(message);
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    /// Takes over the session that an answer brings, as a browser takes a cookie.
    pub fn take<T>(&mut self, response: Response<T>) -> T {
        if let Some(secret) = response.metadata().get(SESSION) {
            let secret = secret.to_str().unwrap();
            self.session = (!secret.is_empty()).then(|| secret.to_owned());
        }
        if let Some(secret) = response.metadata().get(DEVICE) {
            self.device = Some(secret.to_str().unwrap().to_owned());
        }
        response.into_inner()
    }

    pub fn accounts(&self) -> AccountsClient<Channel> {
        AccountsClient::new(self.channel.clone())
    }

    pub fn sessions(&self) -> SessionsClient<Channel> {
        SessionsClient::new(self.channel.clone())
    }

    pub fn persons(&self) -> PersonsClient<Channel> {
        PersonsClient::new(self.channel.clone())
    }

    pub fn grants(&self) -> GrantsClient<Channel> {
        GrantsClient::new(self.channel.clone())
    }

    pub fn grant_proposals(&self) -> GrantProposalsClient<Channel> {
        GrantProposalsClient::new(self.channel.clone())
    }

    pub fn guardians(&self) -> GuardiansClient<Channel> {
        GuardiansClient::new(self.channel.clone())
    }

    pub fn clients(&self) -> ClientsClient<Channel> {
        ClientsClient::new(self.channel.clone())
    }

    pub fn sign_on(&self) -> SignOnClient<Channel> {
        SignOnClient::new(self.channel.clone())
    }

    pub fn audit(&self) -> AuditClient<Channel> {
        AuditClient::new(self.channel.clone())
    }

    // ---- What people do ---------------------------------------------------------------------------------------------

    pub async fn request_code(
        &self,
        purpose: Purpose,
        address: &str,
    ) -> Result<RequestCodeResponse, Status> {
        let message = wire::RequestCodeRequest {
            purpose: purpose.into(),
            address: address.to_owned(),
            request_id: String::new(),
        };
        Ok(self
            .accounts()
            .request_code(self.via_gateway(message))
            .await?
            .into_inner())
    }

    pub async fn create_account(
        &mut self,
        message: &wire::CreateAccountRequest,
    ) -> Result<Account, Status> {
        let response = self
            .accounts()
            .create_account(self.via_gateway(message.clone()))
            .await?;
        Ok(self.take(response))
    }

    pub async fn sign_in(
        &mut self,
        address: &str,
        password: &str,
    ) -> Result<wire::Session, Status> {
        let message = wire::CreateSessionRequest {
            address: address.to_owned(),
            password: password.to_owned(),
            ..Default::default()
        };
        let response = self
            .sessions()
            .create_session(self.via_gateway(message))
            .await?;
        Ok(self.take(response))
    }

    pub async fn sign_in_by_code(
        &mut self,
        address: &str,
        code_id: &str,
        code: &str,
    ) -> Result<wire::Session, Status> {
        let message = wire::CreateSessionRequest {
            address: address.to_owned(),
            code_id: code_id.to_owned(),
            code: code.to_owned(),
            ..Default::default()
        };
        let response = self
            .sessions()
            .create_session(self.via_gateway(message))
            .await?;
        Ok(self.take(response))
    }

    pub async fn me(&self) -> Result<Account, Status> {
        let request = self.signed(wire::GetMyAccountRequest {}).await?;
        Ok(self.accounts().get_my_account(request).await?.into_inner())
    }

    pub async fn verify(&self, name: &str, number: &str) -> Result<Person, Status> {
        let message = wire::VerifyMyPersonRequest {
            name: name.to_owned(),
            resident_id_number: number.to_owned(),
            consent: true,
            request_id: String::new(),
        };
        let request = self.signed(message).await?;
        Ok(self.persons().verify_my_person(request).await?.into_inner())
    }

    pub async fn person(&self) -> Person {
        let request = self.signed(wire::GetMyPersonRequest {}).await.unwrap();
        self.persons()
            .get_my_person(request)
            .await
            .unwrap()
            .into_inner()
    }
}

/// The reason code of a refusal.
pub fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_else(|| format!("{:?}", status.code()))
}

/// The reason code that this answer was refused with.
#[track_caller]
pub fn refused<T>(answer: Result<T, Status>) -> String {
    match answer {
        Ok(_) => panic!("this should have been refused"),
        Err(status) => {
            assert!(
                !matches!(status.code(), Code::Internal | Code::Unknown),
                "{status:?}"
            );
            reason(&status)
        }
    }
}

/// A piece of the metadata of a refusal.
pub fn detail(status: &Status, key: &str) -> Option<String> {
    status
        .get_error_details()
        .error_info()
        .and_then(|info| info.metadata.get(key).cloned())
}

/// The fields a refusal names.
pub fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details
        .bad_request()
        .map(|bad| bad.field_violations.clone())
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}
