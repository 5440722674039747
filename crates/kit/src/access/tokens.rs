//! Access tokens of people and clients: JWTs (RFC 9068), signed by identity with EdDSA, verified against its published
//! keys.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk};
use proto_platform::reasons;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{clock::Clock, errors::Problem};

/// The audience of tokens that the platform's services accept. Tokens for third parties have another one.
pub const AUDIENCE: &str = "cast";
/// `typ` of the header (RFC 9068, section 2.1).
pub const TYPE: &str = "at+jwt";
/// Maximum lifetime of a token.
pub const MAX_LIFETIME_SECONDS: i64 = 300;
/// Tolerated difference between clocks.
pub const LEEWAY_SECONDS: i64 = 30;

const MAX_TOKEN_BYTES: usize = 8 * 1024;
const MAX_CACHED: usize = 20_000;
/// Minimum interval between fetches of the keys because of an unknown key id.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);
/// Keys are fetched again at this age, so that a withdrawn one is dropped.
const KEYS_MAX_AGE: Duration = Duration::from_secs(300);

/// The claims of an access token, written by identity and read by every service.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Claims {
    /// The platform's public URL.
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Person id; for a machine client its client id.
    pub sub: String,
    /// The OAuth client the token was issued to; `portal` for the browser.
    pub client_id: String,
    /// Unique id of the token.
    pub jti: String,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Expires at, at most [`MAX_LIFETIME_SECONDS`] after `iat`.
    pub exp: i64,
    /// Not valid before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// People: the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Uuid>,
    /// People: the session, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// People: the public number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_number: Option<String>,
    /// People: whether the real name is verified.
    #[serde(default)]
    pub verified: bool,
    /// People: the verified real name, only in tokens for the platform's own portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Machine clients: the organisation the client belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<Uuid>,
    /// Machine clients: permissions, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names and numbers of people must not be logged.
        write!(
            f,
            "Claims(sub {}, client {}, exp {})",
            self.sub, self.client_id, self.exp
        )
    }
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The token is not valid here. The detail is for the log; callers receive only `TOKEN_INVALID`.
    #[error("token refused: {0}")]
    Invalid(&'static str),
    /// The keys cannot be fetched, so the token cannot be verified.
    #[error("the keys of identity cannot be fetched")]
    KeysUnavailable(#[source] anyhow::Error),
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid(_) => Problem::of(&reasons::TOKEN_INVALID).because(error),
            TokenError::KeysUnavailable(_) => Problem::of(&reasons::UNAVAILABLE)
                .retry_after(Duration::from_secs(2))
                .because(error),
        }
    }
}

/// Source of the public keys: identity injects its own, the other services call `SignOn.GetKeySet`.
#[async_trait::async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// A JWK Set (RFC 7517, section 5) as JSON.
    async fn key_set(&self) -> anyhow::Result<String>;
}

/// Verifies access tokens. Cheap to clone; clones share keys and cache.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    issuer: String,
    clock: Clock,
    source: RwLock<Arc<dyn KeySource>>,
    keys: RwLock<KnownKeys>,
    refreshing: tokio::sync::Mutex<()>,
    verified: Mutex<HashMap<[u8; 32], Arc<Claims>>>,
}

#[derive(Default)]
struct KnownKeys {
    by_id: HashMap<String, Arc<DecodingKey>>,
    fetched: Option<Instant>,
    attempted: Option<Instant>,
    /// Whether the last fetch succeeded.
    current: bool,
}

impl Verifier {
    /// Accepts tokens of `issuer` (the public URL of the platform).
    pub fn new(issuer: impl Into<String>, source: Arc<dyn KeySource>, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            issuer: issuer.into(),
            clock,
            source: RwLock::new(source),
            keys: RwLock::default(),
            refreshing: tokio::sync::Mutex::default(),
            verified: Mutex::default(),
        }))
    }

    /// Replaces the source of keys.
    pub fn use_source(&self, source: Arc<dyn KeySource>) {
        *self
            .0
            .source
            .write()
            .unwrap_or_else(PoisonError::into_inner) = source;
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = KnownKeys::default();
        self.0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The claims of a token that is signed by identity, has the right audience and is valid now.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid("too long"));
        }
        let now = self.0.clock.now().unix_timestamp();
        let fingerprint = fingerprint(token);
        if let Some(claims) = self.remembered(&fingerprint) {
            check_times(&claims, now)?;
            return Ok(claims);
        }
        let header = jsonwebtoken::decode_header(token)
            .map_err(|_| TokenError::Invalid("malformed header"))?;
        // The algorithm is fixed here and not taken from the token: no `none`, no HMAC under a public key.
        if header.alg != Algorithm::EdDSA {
            return Err(TokenError::Invalid("algorithm"));
        }
        let of_type = |typ: &str| {
            typ.eq_ignore_ascii_case(TYPE) || typ.eq_ignore_ascii_case("application/at+jwt")
        };
        if !header.typ.as_deref().is_some_and(of_type) || header.crit.is_some() {
            return Err(TokenError::Invalid("not an access token"));
        }
        let kid = header.kid.ok_or(TokenError::Invalid("no key id"))?;
        let key = self.key(&kid).await?;
        let claims = Arc::new(self.decode(token, &key)?);
        check_times(&claims, now)?;
        self.remember(fingerprint, &claims, now);
        Ok(claims)
    }

    fn decode(&self, token: &str, key: &DecodingKey) -> Result<Claims, TokenError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.0.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // Times are checked by `check_times`, against the injected clock.
        validation.validate_exp = false;
        jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map(|data| data.claims)
            .map_err(|_| TokenError::Invalid("signature, issuer, audience or claims"))
    }

    async fn key(&self, kid: &str) -> Result<Arc<DecodingKey>, TokenError> {
        let (known, stale) = self.look_up(kid);
        if let Some(key) = known {
            if stale {
                // The old keys serve while new ones are fetched and while identity is unavailable.
                let verifier = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = verifier.refresh().await {
                        tracing::warn!(
                            error = format!("{error:#}"),
                            "the keys of identity cannot be fetched"
                        );
                    }
                });
            }
            return Ok(key);
        }
        self.refresh().await.map_err(TokenError::KeysUnavailable)?;
        self.look_up(kid)
            .0
            .ok_or(TokenError::Invalid("unknown key"))
    }

    fn look_up(&self, kid: &str) -> (Option<Arc<DecodingKey>>, bool) {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        let long_ago = |at: Option<Instant>, age| at.is_none_or(|at| at.elapsed() > age);
        let stale = long_ago(keys.fetched, KEYS_MAX_AGE) && long_ago(keys.attempted, REFRESH_PAUSE);
        (keys.by_id.get(kid).cloned(), stale)
    }

    /// Fetches the keys, unless a concurrent call just did. One fetch at a time.
    async fn refresh(&self) -> anyhow::Result<()> {
        let _one = self.0.refreshing.lock().await;
        {
            let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
            if keys
                .attempted
                .is_some_and(|at| at.elapsed() < REFRESH_PAUSE)
            {
                anyhow::ensure!(keys.current, "asked in vain a moment ago");
                return Ok(());
            }
            keys.attempted = Some(Instant::now());
            keys.current = false;
        }
        let source = self
            .0
            .source
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let by_id = parse_key_set(&source.key_set().await?)?;
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.by_id = by_id;
        keys.fetched = Some(Instant::now());
        keys.current = true;
        Ok(())
    }

    fn remembered(&self, fingerprint: &[u8; 32]) -> Option<Arc<Claims>> {
        self.0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(fingerprint)
            .cloned()
    }

    fn remember(&self, fingerprint: [u8; 32], claims: &Arc<Claims>, now: i64) {
        let mut verified = self
            .0
            .verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MAX_CACHED {
            verified.retain(|_, claims| claims.exp > now);
            // All entries are valid: clearing costs one verification each, unlimited growth costs the service.
            if verified.len() >= MAX_CACHED {
                verified.clear();
            }
        }
        verified.insert(fingerprint, claims.clone());
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({})", self.0.issuer)
    }
}

fn check_times(claims: &Claims, now: i64) -> Result<(), TokenError> {
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(TokenError::Invalid("expired"));
    }
    if claims
        .nbf
        .unwrap_or(claims.iat)
        .max(claims.iat)
        .saturating_sub(LEEWAY_SECONDS)
        > now
    {
        return Err(TokenError::Invalid("not yet valid"));
    }
    if claims.exp.saturating_sub(claims.iat) > MAX_LIFETIME_SECONDS {
        return Err(TokenError::Invalid("too long a life"));
    }
    Ok(())
}

fn parse_key_set(json: &str) -> anyhow::Result<HashMap<String, Arc<DecodingKey>>> {
    let set: jwk::JwkSet = serde_json::from_str(json)?;
    let mut keys = HashMap::new();
    for key in &set.keys {
        let ed25519 = matches!(&key.algorithm, jwk::AlgorithmParameters::OctetKeyPair(pair)
            if pair.curve == jwk::EllipticCurve::Ed25519);
        // The set also holds keys of other algorithms, for OpenID Connect.
        if let (true, Some(kid)) = (ed25519, &key.common.key_id) {
            keys.insert(kid.clone(), Arc::new(DecodingKey::from_jwk(key)?));
        }
    }
    Ok(keys)
}

fn fingerprint(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}
