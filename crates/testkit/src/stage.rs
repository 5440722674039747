//! A service served over gRPC behind all layers of the chassis. The caller is a [`Caller`] in the extensions of the
//! request ([`as_`]), which the client channel replaces by a signed token, of a person, a client or a service called
//! `test`.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header::AUTHORIZATION;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    Routes,
    access::{
        Caller, Claims, Internal, KeySource, Verifier, internal,
        tokens::{AUDIENCE, TYPE},
    },
    client::Channel,
    clock::Clock,
    crypto::Keys,
    db::Db,
    server::{Gate, Server},
};
use secrecy::ExposeSecret as _;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, body::Body};
use tower::Service;
use uuid::Uuid;

/// The issuer of tokens.
pub const ISSUER: &str = "https://wskx.example.cn";
/// The shared secret of the services.
const SECRET: &str = "a secret of at least thirty-two bytes";
/// The id of the only key.
const KEY_ID: &str = "k";

/// A service that is served until this value is dropped.
#[derive(Debug)]
pub struct Stage {
    /// The channel to the service.
    pub channel: Signing,
    _stop: DropGuard,
}

/// Serves these services on this database, with this clock.
pub async fn serve(routes: Routes, db: &Db, keys: &Keys, clock: &Clock) -> Stage {
    let issuer = Issuer::new();
    let internal = Internal::new("test", &SECRET.into(), None, clock.clone());
    let gate = Gate {
        verifier: Verifier::new(ISSUER, Arc::new(issuer.key_set()), clock.clone()),
        internal: internal.clone(),
        db: db.clone(),
        open_reflection: false,
        clock: clock.clone(),
        keys: keys.clone(),
    };
    let contract = routes.contract().expect("the descriptors are readable");
    let server = Server::new(routes, gate)
        .await
        .expect("the contract can be enforced");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let url = format!("http://{address}")
        .parse()
        .expect("an address is part of a URL");
    let stop = CancellationToken::new();
    tokio::spawn(server.serve(listener, stop.clone(), Duration::ZERO));
    Stage {
        channel: Signing {
            channel: kit::client::channel(std::slice::from_ref(&url), &contract),
            issuer: Arc::new(issuer),
            internal,
            clock: clock.clone(),
        },
        _stop: stop.drop_guard(),
    }
}

/// A request by this caller, to be sent over [`Stage::channel`].
pub fn as_<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.clone());
    request
}

/// Signs tokens as identity does.
struct Issuer {
    key: EncodingKey,
    public: Vec<u8>,
}

struct KeySet(String);

#[tonic::async_trait]
impl KeySource for KeySet {
    async fn key_set(&self) -> anyhow::Result<String> {
        Ok(self.0.clone())
    }
}

impl Issuer {
    fn new() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a new key");
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("the key just made");
        Self {
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    fn key_set(&self) -> KeySet {
        let public = URL_SAFE_NO_PAD.encode(&self.public);
        KeySet(format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"{KEY_ID}","x":"{public}"}}]}}"#
        ))
    }

    /// A token for this caller, valid for five minutes; `None` for anonymous callers.
    fn token(&self, caller: &Caller, clock: &Clock) -> Option<String> {
        let now = clock.now().unix_timestamp();
        let mut claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: String::new(),
            client_id: "portal".to_owned(),
            jti: Uuid::now_v7().to_string(),
            iat: now,
            exp: now + 300,
            nbf: None,
            account_id: None,
            sid: None,
            person_number: None,
            verified: false,
            name: None,
            organisation_id: None,
            scope: None,
        };
        match caller {
            Caller::Person(person) => {
                claims.sub = person.person_id.to_string();
                claims.account_id = Some(person.account_id);
                claims.sid = person.session_id;
                claims.person_number = Some(person.person_number.clone());
                claims.verified = person.verified;
                let name = person.name.as_ref();
                claims.name = name.map(|name| name.expose_secret().to_owned());
            }
            Caller::Client(client) => {
                claims.sub = client.client_id.to_string();
                claims.client_id.clone_from(&claims.sub);
                claims.organisation_id = Some(client.organisation_id);
                claims.scope = Some(client.scopes.join(" "));
            }
            Caller::Anonymous(_) | Caller::Service(_) => return None,
        }
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(KEY_ID.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = jsonwebtoken::encode(&header, &claims, &self.key);
        Some(token.expect("claims have a JSON form"))
    }
}

/// A channel that turns the caller of a request into a token, for clients: `GrantsClient::new(stage.channel.clone())`.
#[derive(Clone)]
pub struct Signing {
    channel: Channel,
    issuer: Arc<Issuer>,
    internal: Internal,
    clock: Clock,
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Signing").field(&self.channel).finish()
    }
}

impl Service<http::Request<Body>> for Signing {
    type Response = <Channel as Service<http::Request<Body>>>::Response;
    type Error = <Channel as Service<http::Request<Body>>>::Error;
    type Future = <Channel as Service<http::Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let caller = request.extensions().get::<Caller>();
        if let Some(token) = caller.and_then(|caller| self.issuer.token(caller, &self.clock)) {
            let value = format!("Bearer {token}")
                .parse()
                .expect("tokens are visible ASCII");
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        if let Some(Caller::Service(_)) = request.extensions().get::<Caller>() {
            let token = self.internal.token().expect("a token of a service");
            let value = token.to_str().expect("tokens are visible ASCII");
            let value = value.parse().expect("tokens are visible ASCII");
            request.headers_mut().insert(internal::HEADER, value);
        }
        self.channel.call(request)
    }
}
