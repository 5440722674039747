//! Fixtures: a migrated database, an issuer of tokens, a small service of the contract.

use std::{
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
        Claims, Internal, KeySource, Organisation, Verifier, put_grant, put_organisation,
        tokens::{AUDIENCE, TYPE},
    },
    client::Channel,
    clock::Clock,
    config::{self, Variables},
    crypto::Keys,
    db::Db,
    server::{Gate, Server},
    telemetry::{self, Telemetry},
};
use proto_identity::v1::ListGrantsRequest;
use secrecy::SecretString;
use sqlx::{PgPool, migrate::Migrator};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::methods::{Methods, contract};

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
        // CAST_LOG of the tests; `--nocapture` shows the lines.
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

/// Telemetry of this process. Instruments used before it starts record nothing, so every fixture starts it.
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

/// A key source that counts its calls.
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

/// The small service, served on a free port, with the means for callers to authenticate.
pub struct Served {
    pub channel: Channel,
    pub issuer: Issuer,
    pub internal: Internal,
    pub db: Db,
    pub clock: Clock,
    pub methods: Methods,
    pub tree: Tree,
    pub stop: CancellationToken,
    _database: testkit::Database,
}

impl Served {
    /// A person who administers an organisation, and their token.
    pub async fn administrator(&self, at: Uuid) -> (Uuid, String) {
        let someone = Uuid::now_v7();
        grant(&self.db, someone, "organisation.administrator", at).await;
        let claims = person_claims(someone, &self.clock);
        (someone, self.issuer.sign(&claims))
    }

    /// How many rows the methods have left in `work`.
    pub async fn work_done(&self) -> i64 {
        sqlx::query_scalar("select count(*) from work")
            .fetch_one(self.db.pool())
            .await
            .unwrap()
    }
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
    let (db, clock) = (db(&database), Clock::system());
    let tree = Tree::plant(&db).await;
    let methods = Methods::new(db.clone(), tree.society);
    sqlx::query("create table work (at timestamptz not null default now())")
        .execute(&database.pool)
        .await
        .unwrap();
    let issuer = Issuer::new("2026-a");
    let internal = Internal::new("gateway", &SecretString::from(SECRET), None, clock.clone());
    let routes = Routes::of(proto::DESCRIPTORS)
        .add(contract::grants(methods.clone()))
        .add(contract::divisions(methods.clone()))
        .add(contract::event_log(methods.clone()))
        .add(contract::cockpit(methods.clone()));
    let gate = Gate {
        verifier: Verifier::new(ISSUER, Published::of(&[&issuer]), clock.clone()),
        internal: internal.clone(),
        db: db.clone(),
        open_reflection,
        clock: clock.clone(),
        keys: keys(),
    };
    let server = Server::new(routes, gate).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(listener, stop.clone(), Duration::from_secs(5)));
    let url = format!("http://{address}").parse().unwrap();
    Served {
        channel: kit::client::channel(std::slice::from_ref(&url), &proto::POOL),
        issuer,
        internal,
        db,
        clock,
        methods,
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

/// Asks for the grants on an organisation.
pub fn list_grants(on: Uuid) -> ListGrantsRequest {
    ListGrantsRequest {
        organisation_id: on.to_string(),
        ..Default::default()
    }
}
