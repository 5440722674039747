//! What tokens are signed with: EdDSA for access tokens, RS256 for ID tokens, because that is what every OpenID client can verify
//! (OpenID Connect Core 1.0 section 15.1).

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

static ACCESS: Purpose = purpose(Kind::Ed25519, TYPE);
static ID: Purpose = purpose(Kind::Rsa2048, "JWT");

const fn purpose(kind: Kind, typ: &'static str) -> Purpose {
    Purpose {
        name: "identity.signing-key",
        kind,
        key_id: KeyId::Thumbprint,
        typ: Typ::First(typ),
        // Other sites keep the published keys for hours.
        visible_for: Duration::days(1),
        // Tokens live for minutes.
        outlives: Some(Duration::days(1)),
    }
}

/// Signs tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signing {
    access: Keyring,
    id: Keyring,
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
        })
    }

    /// The keys of access tokens and those of ID tokens.
    pub fn keyrings(&self) -> [Keyring; 2] {
        [self.access.clone(), self.id.clone()]
    }

    /// An access token (RFC 9068).
    pub fn access_token(&self, claims: &impl Serialize) -> Result<String> {
        Ok(self.access.sign(claims)?)
    }

    /// An ID token (OpenID Connect Core 1.0 section 2).
    pub fn id_token(&self, claims: &impl Serialize) -> Result<String> {
        Ok(self.id.sign(claims)?)
    }

    /// A logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). Its type keeps it from being taken for an ID token.
    pub fn logout_token(&self, claims: &impl Serialize) -> Result<String> {
        Ok(self.id.sign_as("logout+jwt", claims)?)
    }

    /// The claims of an ID token of ours, if they are of this type. Audience and times are not checked.
    pub fn read_id_token<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        self.id.verify(token).ok()
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
