//! What tokens are signed with: EdDSA for access tokens, and for ID tokens what the site has chosen, RS256 unless it says otherwise, because
//! that is what every OpenID client can verify (OpenID Connect Core 1.0 section 15.1).

mod store;

use kit::{
    access::{KeySource, tokens::TYPE},
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::Result,
};
use serde::{Serialize, de::DeserializeOwned};
use signing::{KeyId, Keyring, Kind, Purpose, Typ};
use time::Duration;

use crate::clients::protocol::IdTokenAlgorithm;

/// An ID token comes back as a hint as long as the session that it was issued in (OpenID Connect RP-Initiated Logout 1.0 section 2), which is the
/// longest life of a session; the tests of keys hold both equal.
const HINTS: Duration = Duration::days(30);

/// The type of ID tokens.
const ID_TOKEN: &str = "JWT";
/// The type of logout tokens.
const LOGOUT_TOKEN: &str = "logout+jwt";

static ACCESS: Purpose = purpose(Kind::Ed25519, TYPE);
static ID: Purpose = purpose(Kind::Rsa2048, ID_TOKEN);
static ID_P256: Purpose = purpose(Kind::P256, ID_TOKEN);

const fn purpose(kind: Kind, typ: &'static str) -> Purpose {
    Purpose {
        name: "identity.signing-key",
        kind,
        key_id: KeyId::Thumbprint,
        typ: Typ::First(typ),
        // Other sites keep the published keys for hours.
        visible_for: Duration::days(1),
        // Tokens live for minutes, hints longer.
        outlives: Some(HINTS),
    }
}

/// Signs tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signing {
    access: Keyring,
    id: Keyring,
    id_p256: Keyring,
}

impl Signing {
    /// Reads the keys, and makes those that are missing. Of replicas that start at the same time, one makes them.
    pub async fn load(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Self> {
        let load = |purpose: &'static Purpose| {
            Keyring::load(purpose, store::SigningKeys(purpose.kind), db, keys, clock)
        };
        Ok(Self {
            access: load(&ACCESS).await?,
            id: load(&ID).await?,
            id_p256: load(&ID_P256).await?,
        })
    }

    /// The keys of access tokens and those of ID tokens.
    pub fn keyrings(&self) -> [Keyring; 3] {
        [self.access.clone(), self.id.clone(), self.id_p256.clone()]
    }

    /// An access token (RFC 9068).
    pub fn access_token(&self, claims: &impl Serialize) -> Result<String> {
        Ok(self.access.sign(claims)?)
    }

    /// An ID token (OpenID Connect Core 1.0 section 2).
    pub fn id_token(&self, by: IdTokenAlgorithm, claims: &impl Serialize) -> Result<String> {
        Ok(match by {
            IdTokenAlgorithm::Rs256 => self.id.sign(claims)?,
            IdTokenAlgorithm::Es256 => self.id_p256.sign(claims)?,
            // By the keys of access tokens: the type keeps one from being taken for the other.
            IdTokenAlgorithm::Eddsa => self.access.sign_as(ID_TOKEN, claims)?,
        })
    }

    /// A logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). Its type keeps it from being taken for an ID token.
    pub fn logout_token(&self, by: IdTokenAlgorithm, claims: &impl Serialize) -> Result<String> {
        let keyring = match by {
            IdTokenAlgorithm::Rs256 => &self.id,
            IdTokenAlgorithm::Es256 => &self.id_p256,
            IdTokenAlgorithm::Eddsa => &self.access,
        };
        Ok(keyring.sign_as(LOGOUT_TOKEN, claims)?)
    }

    /// The claims of an ID token of ours, if they are of this type. Audience and times are not checked.
    pub fn read_id_token<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let by_rsa = self.id.verify(token);
        let by_p256 = by_rsa.or_else(|_| self.id_p256.verify(token));
        let by_any = by_p256.or_else(|_| self.access.verify_as(ID_TOKEN, token));
        by_any.ok()
    }

    /// The claims of an access token of ours, if they are of this type. Audience and times are not checked.
    pub fn read_access_token<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        self.access.verify(token).ok()
    }
}

/// The published keys as they stand in the database: those that another replica has made are there too.
#[derive(Clone, Debug)]
pub struct Published(pub Db);

#[async_trait::async_trait]
impl KeySource for Published {
    async fn key_set(&self) -> anyhow::Result<String> {
        let mut conn = self.0.read().await?;
        Ok(signing::key_set(&store::published(&mut conn).await?))
    }
}
