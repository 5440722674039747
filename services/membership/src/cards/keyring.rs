//! The keys that sign member cards, and where their links lead.

use kit::{clock::Clock, crypto::Keys, db::Db, errors::Result};
use proto_membership::v1 as wire;
use signing::{Jwk, KeyId, Keyring, Kind, Purpose, Typ};
use time::Duration;

use super::{
    claims::{Claims, Forged},
    store::CardKeys,
};

/// Cards do not expire, and systems that check them offline fetch the keys rarely.
pub(super) static PURPOSE: Purpose = Purpose {
    name: "membership.card-key",
    kind: Kind::Ed25519Seed,
    key_id: KeyId::Thumbprint,
    typ: Typ::Absent,
    visible_for: Duration::days(7),
    outlives: None,
};

/// The keys of member cards.
pub async fn load(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Keyring> {
    Keyring::load(&PURPOSE, CardKeys, db, keys, clock).await
}

/// Makes and verifies member cards.
#[derive(Debug)]
pub struct Cards {
    keyring: Keyring,
    public_url: String,
}

impl Cards {
    /// Signs with these keys. `public_url` is the address of the platform.
    pub fn new(keyring: Keyring, public_url: &str) -> Self {
        Self {
            keyring,
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// The link that a card's QR code carries.
    pub(crate) fn url(&self, token: &str) -> String {
        format!("{}/v/{token}", self.public_url)
    }

    /// The claims of a card that one of the keys signed.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, Forged> {
        self.keyring.verify(token).map_err(|_| Forged)
    }

    /// The token of a member's card.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        Ok(self.keyring.sign(claims)?)
    }

    /// The public keys (RFC 8037, section 2), for systems that check cards offline.
    pub(crate) fn public_keys(&self) -> Vec<wire::CardKey> {
        let public = |key: Jwk| wire::CardKey {
            kid: key.kid,
            kty: key.kty.to_owned(),
            crv: key.crv.unwrap_or_default().to_owned(),
            x: key.x.unwrap_or_default(),
            alg: key.alg.to_owned(),
            r#use: key.r#use.to_owned(),
        };
        self.keyring.jwks().into_iter().map(public).collect()
    }
}
