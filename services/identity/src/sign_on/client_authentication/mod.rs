//! How clients prove themselves (OpenID Connect Core 1.0 section 9), at every endpoint where they do: by a secret, by a JWT that they sign
//! (private_key_jwt), or, apps that can keep nothing, not at all.

mod keys;
pub mod rules;

use kit::{Call, db::Db, errors::Result};
use proto_identity::v1::ClientAssertion;
use serde::Deserialize;
use signing::{ForeignKeys, Jws};
use time::OffsetDateTime;

use self::rules::{Assertion, JWT_BEARER};
pub use keys::ClientKeys;

use super::{OAuthError, spent};
use crate::{
    clients::{self, Kind, protocol::AuthMethod, store::Row},
    secrets::secret_hash,
    throttles::Throttles,
};

/// An OAuth error is an answer; anything else that goes wrong is a problem.
type Proven<T> = std::result::Result<T, OAuthError>;

/// One answer for an unknown id, a wrong secret and a disabled client.
const UNKNOWN: OAuthError =
    OAuthError::new("invalid_client", "unknown client, wrong secret or disabled");

/// Whom clients prove themselves to.
#[derive(Clone, Debug)]
pub struct ClientAuthentication {
    /// Where clients are.
    pub db: Db,
    /// The platform's public URL.
    pub issuer: String,
    /// Slows down those who guess.
    pub throttles: Throttles,
    /// The keys of clients that publish them.
    pub keys: ClientKeys,
}

/// What a client presents.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// Who it says that it is; may be empty beside an assertion.
    pub client_id: &'a str,
    /// Its secret; may be empty.
    pub secret: &'a str,
    /// What it has signed.
    pub assertion: Option<&'a ClientAssertion>,
    /// The path of the endpoint that it is presented at.
    pub endpoint: &'static str,
}

impl ClientAuthentication {
    /// The client that proves itself, or what it is told. Called outside of transactions: its keys may have to be fetched.
    pub async fn authentic<T>(
        &self,
        call: &Call<T>,
        presented: &Presented<'_>,
    ) -> Result<Proven<Row>> {
        let assertion = presented.assertion.filter(|one| {
            let ClientAssertion { r#type, assertion } = one;
            !(r#type.is_empty() && assertion.is_empty())
        });
        let Some(assertion) = assertion else {
            return self.by_secret(call, presented).await;
        };
        if assertion.r#type != JWT_BEARER {
            return Ok(Err(OAuthError::new(
                "invalid_client",
                "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )));
        }
        if !presented.secret.is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "authenticate in one way only",
            )));
        }
        self.by_assertion(call, presented, &assertion.assertion)
            .await
    }

    async fn by_secret<T>(&self, call: &Call<T>, presented: &Presented<'_>) -> Result<Proven<Row>> {
        if presented.client_id.is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_client",
                "client authentication is missing",
            )));
        }
        let client = self.find(presented.client_id).await?;
        let known = client.as_ref().map(|client| client.client_id);
        let is_right = |client: &Row| match (client.kind, client.auth_method) {
            (Kind::PublicApp, _) => presented.secret.is_empty(),
            (_, AuthMethod::PrivateKeyJwt) => false,
            (_, AuthMethod::ClientSecret) => {
                let hash = secret_hash(presented.secret);
                clients::rules::secret_is_right(&client.secrets(), &hash, call.now)
            }
        };
        match client.filter(|client| client.disabled_at.is_none() && is_right(client)) {
            Some(client) => Ok(Ok(client)),
            None => {
                self.throttles.client_failed(call, known).await?;
                Ok(Err(UNKNOWN))
            }
        }
    }

    /// RFC 7523 section 3.
    async fn by_assertion<T>(
        &self,
        call: &Call<T>,
        presented: &Presented<'_>,
        assertion: &str,
    ) -> Result<Proven<Row>> {
        #[derive(Deserialize)]
        struct Says {
            sub: String,
        }
        let now = call.now;
        let jws = Jws::read(assertion);
        let says: Option<Says> = jws.as_ref().and_then(Jws::unverified);
        // The form may leave the id out (RFC 7521 section 4.2), but say no other.
        let id = match (&says, presented.client_id) {
            (Some(says), named) if named.is_empty() || says.sub == named => says.sub.as_str(),
            (None, named) if !named.is_empty() => named,
            _ => {
                return Ok(Err(OAuthError::new(
                    "invalid_client",
                    "client_assertion is not readable, or its sub is not client_id",
                )));
            }
        };
        let client = self.find(id).await?;
        let known = client.as_ref().map(|client| client.client_id);
        let client = client.filter(|client| {
            client.disabled_at.is_none()
                && client.kind != Kind::PublicApp
                && client.auth_method == AuthMethod::PrivateKeyJwt
        });
        let proven = match (client, jws) {
            (Some(client), Some(jws)) => {
                let keys = self.keys_of(&client, &jws, now).await;
                let claims = keys.and_then(|keys| keys.verify::<Assertion>(&jws).ok());
                match claims {
                    Some(claims) => self.claimed(&client, presented, &claims, now).await?,
                    None => Err(OAuthError::new(
                        "invalid_client",
                        "client_assertion is not signed by a registered key, or lacks a claim",
                    )),
                }
                .map(|()| client)
            }
            _ => Err(UNKNOWN),
        };
        if proven.is_err() {
            self.throttles.client_failed(call, known).await?;
        }
        Ok(proven)
    }

    /// What a genuine assertion says, and whether it says it for the first time.
    async fn claimed(
        &self,
        client: &Row,
        presented: &Presented<'_>,
        claims: &Assertion,
        now: OffsetDateTime,
    ) -> Result<Proven<()>> {
        let id = client.client_id.to_string();
        let endpoint = format!("{}{}", self.issuer, presented.endpoint);
        let token_endpoint = format!("{}/oauth2/token", self.issuer);
        let audiences = [self.issuer.as_str(), &token_endpoint, &endpoint];
        let until = match rules::check(claims, &id, &audiences, now) {
            Ok(until) => until,
            Err(words) => return Ok(Err(OAuthError::new("invalid_client", words))),
        };
        let token = spent::hash(&["client_assertion", &id, &claims.jti]);
        let mut conn = self.db.read().await?;
        Ok(match spent::store::spend(&mut conn, &token, until).await? {
            true => Ok(()),
            false => Err(OAuthError::new(
                "invalid_client",
                "client_assertion: jti was used before",
            )),
        })
    }

    /// Its public keys, fetched if they have to be.
    pub(super) async fn keys_of(
        &self,
        client: &Row,
        jws: &Jws<'_>,
        now: OffsetDateTime,
    ) -> Option<ForeignKeys> {
        match (&client.jwks, &client.jwks_uri) {
            (Some(jwks), _) => ForeignKeys::read(jwks.as_bytes()).ok(),
            (None, Some(uri)) => self.keys.of(uri, jws.kid(), now).await,
            (None, None) => None,
        }
    }

    async fn find(&self, client_id: &str) -> Result<Option<Row>> {
        let mut conn = self.db.read().await?;
        Ok(clients::named(&mut conn, client_id).await?)
    }
}
