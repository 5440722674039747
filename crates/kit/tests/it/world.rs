//! What the tests stand on: a migrated database, an issuer of tokens, a small service of the contract.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use eventlog::Nudge;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    Routes,
    access::{
        Caller, Claims, Internal, KeySource, Organisation, Verifier, caller, origin, put_grant,
        put_organisation,
        tokens::{AUDIENCE, TYPE},
    },
    clock::Clock,
    config::{self, Variables},
    crypto::Keys,
    db::Db,
    server::{Gate, Server},
    telemetry::{self, Telemetry},
};
use proto::cast::{
    cockpit::v1::{
        GetOverviewRequest, ListMetricsRequest, ListMetricsResponse, ListPlanIndicatorsRequest,
        ListPlanIndicatorsResponse, Overview, QueryMetricRequest, QueryMetricResponse,
        WatchOverviewRequest,
        cockpit_server::{Cockpit, CockpitServer},
    },
    eventlog::v1::{
        GetHeadRequest, GetHeadResponse, ListQuarantinedRequest, ListQuarantinedResponse,
        ReadRequest, ReadResponse, ReplayQuarantinedRequest, ReplayQuarantinedResponse,
        event_log_server::{EventLog, EventLogServer},
    },
    identity::v1::{
        CreateGrantRequest, DeleteGrantRequest, Grant, ListGrantsRequest, ListGrantsResponse,
        ListMyGrantsRequest, ListMyGrantsResponse, ListRolesRequest, ListRolesResponse, Role,
        grants_server::{Grants, GrantsServer},
    },
    membership::v1::{
        ListDivisionsRequest, ListDivisionsResponse,
        divisions_server::{Divisions, DivisionsServer},
    },
};
use secrecy::SecretString;
use sqlx::{PgPool, migrate::Migrator};
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, transport::Channel};
use uuid::Uuid;

pub const ISSUER: &str = "https://wskx.example.cn";
pub const SECRET: &str = "q7Vx2LmP9sRt4WzYc8Bn3KdFh6JgEaUo";

pub fn empty_migrator() -> Migrator {
    Migrator::with_migrations(Vec::new())
}

pub async fn database() -> testkit::Database {
    telemetry();
    testkit::database("kit", async |pool: &PgPool| {
        kit::lifecycle::migrate(pool, &empty_migrator()).await
    })
    .await
}

#[derive(serde::Deserialize)]
struct Nothing {}

pub fn settings() -> config::Settings {
    let variables: Variables = [
        ("environment", "development"),
        ("internal_secret", SECRET),
        ("public_url", ISSUER),
        // CAST_LOG of the tests, to look at the lines; `--nocapture` shows them.
        (
            "log",
            &std::env::var("CAST_LOG").unwrap_or_else(|_| "off".to_owned()),
        ),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect();
    config::from::<Nothing>(None, variables).unwrap().0
}

/// Telemetry of this process. Instruments that are used before it is started stay silent, so everything starts it.
pub fn telemetry() -> &'static Telemetry {
    static STARTED: OnceLock<Telemetry> = OnceLock::new();
    STARTED.get_or_init(|| telemetry::init("kit-test", &settings()).unwrap())
}

pub fn db(database: &testkit::Database) -> Db {
    telemetry();
    Db::new(database.pool.clone(), Nudge::new())
}

pub fn keys() -> Keys {
    Keys::parse(&format!("1:{}", STANDARD.encode([11; 32]))).unwrap()
}

/// Signs tokens as identity does.
pub struct Issuer {
    pub kid: String,
    pub key: EncodingKey,
    pub public: Vec<u8>,
}

impl Issuer {
    pub fn new(kid: &str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        Self {
            kid: kid.to_owned(),
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> serde_json::Value {
        serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&self.public) })
    }

    pub fn header(&self) -> Header {
        Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        }
    }

    pub fn sign(&self, claims: &Claims) -> String {
        jsonwebtoken::encode(&self.header(), claims, &self.key).unwrap()
    }
}

/// Claims as identity writes them for a person who has just signed in.
pub fn person_claims(person_id: Uuid, clock: &Clock) -> Claims {
    let now = clock.now().unix_timestamp();
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: person_id.to_string(),
        client_id: "portal".to_owned(),
        jti: Uuid::now_v7().to_string(),
        iat: now,
        exp: now + 300,
        nbf: None,
        account_id: Some(Uuid::now_v7()),
        sid: Some(Uuid::now_v7()),
        person_number: Some("2026000000000017".to_owned()),
        verified: true,
        name: Some("李四".to_owned()),
        organisation_id: None,
        scope: None,
    }
}

pub fn client_claims(client_id: Uuid, organisation_id: Uuid, scope: &str, clock: &Clock) -> Claims {
    Claims {
        sub: client_id.to_string(),
        client_id: client_id.to_string(),
        account_id: None,
        sid: None,
        person_number: None,
        verified: false,
        name: None,
        organisation_id: Some(organisation_id),
        scope: Some(scope.to_owned()),
        ..person_claims(client_id, clock)
    }
}

/// A key source that counts how often it is asked.
#[derive(Default)]
pub struct Published {
    pub set: std::sync::Mutex<Vec<serde_json::Value>>,
    pub asked: AtomicUsize,
    pub away: std::sync::atomic::AtomicBool,
}

impl Published {
    pub fn of(issuers: &[&Issuer]) -> Arc<Self> {
        let published = Self::default();
        published.publish(issuers);
        Arc::new(published)
    }

    pub fn publish(&self, issuers: &[&Issuer]) {
        *self.set.lock().unwrap() = issuers.iter().map(|issuer| issuer.jwk()).collect();
    }
}

#[async_trait::async_trait]
impl KeySource for Published {
    async fn key_set(&self) -> anyhow::Result<String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        anyhow::ensure!(!self.away.load(Ordering::SeqCst), "away");
        Ok(serde_json::json!({ "keys": *self.set.lock().unwrap() }).to_string())
    }
}

/// Three levels of organisations: headquarters, a society, its branch; and another society.
pub struct Tree {
    pub headquarters: Uuid,
    pub society: Uuid,
    pub branch: Uuid,
    pub other: Uuid,
}

impl Tree {
    pub async fn plant(db: &Db) -> Self {
        let [headquarters, society, branch, other] = [(); 4].map(|()| Uuid::now_v7());
        let tree = Self {
            headquarters,
            society,
            branch,
            other,
        };
        let mut tx = db.begin().await.unwrap();
        for (id, parents) in [
            (headquarters, vec![]),
            (society, vec![headquarters]),
            (branch, vec![headquarters, society]),
            (other, vec![headquarters]),
        ] {
            put_organisation(&mut tx, &organisation(id, &parents))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        tree
    }
}

pub fn organisation(id: Uuid, parents: &[Uuid]) -> Organisation {
    let path = parents
        .iter()
        .chain([&id])
        .fold("/".to_owned(), |path, id| format!("{path}{id}/"));
    Organisation {
        organisation_id: id,
        parent_id: parents.last().copied(),
        code: format!("T-{}", &id.simple().to_string()[24..]),
        name: "某学会".to_owned(),
        kind: "NATIONAL_SOCIETY".to_owned(),
        division_code: "110000".to_owned(),
        subject_class: "SCIENCE".to_owned(),
        path,
    }
}

pub async fn grant(db: &Db, person: Uuid, role: &str, organisation: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let mut tx = db.begin().await.unwrap();
    put_grant(&mut tx, id, person, role, organisation)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// Methods of the contract that answer who called.
#[derive(Clone, Default)]
pub struct Rooms {
    /// How many calls reached a method.
    pub reached: Arc<AtomicUsize>,
}

fn told<T>(request: &Request<T>) -> String {
    let origin = origin(request);
    let address = origin.address.map(|a| a.to_string()).unwrap_or_default();
    format!(
        "{} from {address} with {}",
        caller(request).actor(),
        origin.user_agent.unwrap_or_default()
    )
}

#[tonic::async_trait]
impl Grants for Rooms {
    async fn list_roles(
        &self,
        request: Request<ListRolesRequest>,
    ) -> Result<Response<ListRolesResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let role = Role {
            role: told(&request),
            title_en: origin(&request).trace_id,
            ..Default::default()
        };
        Ok(Response::new(ListRolesResponse { roles: vec![role] }))
    }

    async fn list_my_grants(
        &self,
        _: Request<ListMyGrantsRequest>,
    ) -> Result<Response<ListMyGrantsResponse>, Status> {
        panic!("a bug in a method");
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let grants = match caller(&request) {
            Caller::Person(person) => person.grants,
            _ => Vec::new(),
        };
        let grants = grants
            .into_iter()
            .map(|held| Grant {
                role: held.role,
                ..Default::default()
            })
            .collect();
        Ok(Response::new(ListGrantsResponse {
            grants,
            next_page_token: String::new(),
        }))
    }

    async fn create_grant(
        &self,
        _: Request<CreateGrantRequest>,
    ) -> Result<Response<Grant>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn delete_grant(&self, _: Request<DeleteGrantRequest>) -> Result<Response<()>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl Divisions for Rooms {
    /// Public. Takes as many tenths of a second as the first three digits of the code say.
    async fn list_divisions(
        &self,
        request: Request<ListDivisionsRequest>,
    ) -> Result<Response<ListDivisionsResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let code = request.into_inner().parent_code;
        let tenths: u64 = code
            .get(..3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(100 * tenths)).await;
        Ok(Response::new(ListDivisionsResponse::default()))
    }
}

#[tonic::async_trait]
impl EventLog for Rooms {
    async fn read(&self, _: Request<ReadRequest>) -> Result<Response<ReadResponse>, Status> {
        Ok(Response::new(ReadResponse::default()))
    }

    async fn get_head(
        &self,
        _: Request<GetHeadRequest>,
    ) -> Result<Response<GetHeadResponse>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(GetHeadResponse { head: 7 }))
    }

    async fn list_quarantined(
        &self,
        _: Request<ListQuarantinedRequest>,
    ) -> Result<Response<ListQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn replay_quarantined(
        &self,
        _: Request<ReplayQuarantinedRequest>,
    ) -> Result<Response<ReplayQuarantinedResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

#[tonic::async_trait]
impl Cockpit for Rooms {
    type WatchOverviewStream = Pin<Box<dyn Stream<Item = Result<Overview, Status>> + Send>>;

    /// Three overviews, 100 ms apart, and then nothing until the caller goes.
    async fn watch_overview(
        &self,
        _: Request<WatchOverviewRequest>,
    ) -> Result<Response<Self::WatchOverviewStream>, Status> {
        self.reached.fetch_add(1, Ordering::SeqCst);
        let (send, receive) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..3 {
                if send.send(Ok(Overview::default())).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            send.closed().await;
        });
        Ok(Response::new(Box::pin(
            tokio_stream::wrappers::ReceiverStream::new(receive),
        )))
    }

    async fn list_metrics(
        &self,
        _: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn query_metric(
        &self,
        _: Request<QueryMetricRequest>,
    ) -> Result<Response<QueryMetricResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn get_overview(
        &self,
        _: Request<GetOverviewRequest>,
    ) -> Result<Response<Overview>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn list_plan_indicators(
        &self,
        _: Request<ListPlanIndicatorsRequest>,
    ) -> Result<Response<ListPlanIndicatorsResponse>, Status> {
        Err(Status::unimplemented(""))
    }
}

/// The small service, served on a free port, with everything that callers need to prove themselves.
pub struct Served {
    pub channel: Channel,
    pub issuer: Issuer,
    pub internal: Internal,
    pub db: Db,
    pub clock: Clock,
    pub rooms: Rooms,
    pub tree: Tree,
    pub stop: CancellationToken,
    _database: testkit::Database,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub async fn served() -> Served {
    served_with(false).await
}

pub async fn served_with(open_reflection: bool) -> Served {
    let database = database().await;
    let (db, clock, rooms) = (db(&database), Clock::system(), Rooms::default());
    let issuer = Issuer::new("2026-a");
    let internal = Internal::new("gateway", &SecretString::from(SECRET), clock.clone());
    let routes = Routes::new()
        .add(GrantsServer::new(rooms.clone()))
        .add(DivisionsServer::new(rooms.clone()))
        .add(EventLogServer::new(rooms.clone()))
        .add(CockpitServer::new(rooms.clone()));
    let gate = Gate {
        verifier: Verifier::new(ISSUER, Published::of(&[&issuer]), clock.clone()),
        internal: internal.clone(),
        db: db.clone(),
        open_reflection,
        clock: clock.clone(),
    };
    let server = Server::new(routes, &proto::POOL, proto::DESCRIPTORS, gate)
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(listener, stop.clone(), Duration::from_secs(5)));
    let url = format!("http://{address}").parse().unwrap();
    let tree = Tree::plant(&db).await;
    Served {
        channel: kit::client::channel(&url).unwrap(),
        issuer,
        internal,
        db,
        clock,
        rooms,
        tree,
        stop,
        _database: database,
    }
}

/// Puts a bearer token on a request.
pub fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The code of the reason a call was refused for.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}
