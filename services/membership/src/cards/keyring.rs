//! The keys that sign member cards: made once, kept sealed in the database, the same on every replica.

use aws_lc_rs::{
    rand,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use kit::{clock::Clock, crypto::Keys, db::Db};
use proto_membership::v1 as wire;
use sqlx::PgConnection;

use super::{
    store,
    token::{self, CardKey, Claims, Forged},
};

const PURPOSE: &str = "membership.card-key";

/// The keys of member cards, and where their links lead.
#[derive(Debug)]
pub struct Cards {
    /// The oldest first; never empty.
    keys: Vec<CardKey>,
    public_url: String,
}

impl Cards {
    /// Reads the keys; the first replica ever to start makes one. `public_url` is the address of the platform.
    pub async fn load(
        db: &Db,
        keys: &Keys,
        clock: &Clock,
        public_url: &str,
    ) -> anyhow::Result<Self> {
        let mut tx = db.begin().await?;
        store::lock(&mut tx).await?;
        let mut ring = read(&mut tx, keys).await?;
        if ring.is_empty() {
            ring.push(make(&mut tx, keys, clock).await?);
        }
        tx.commit().await?;
        Ok(Self {
            keys: ring,
            public_url: public_url.trim_end_matches('/').to_owned(),
        })
    }

    /// The link that a card's QR code carries.
    pub(crate) fn url(&self, token: &str) -> String {
        format!("{}/v/{token}", self.public_url)
    }

    /// The claims of a card that one of the keys signed.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, Forged> {
        token::verify(&self.keys, token)
    }

    /// The token of a member's card.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        // `load` never leaves the list empty.
        self.keys[self.keys.len() - 1].sign(claims)
    }

    /// The public keys (RFC 8037, section 2), for systems that check cards offline.
    pub(crate) fn public_keys(&self) -> Vec<wire::CardKey> {
        let public = |key: &CardKey| wire::CardKey {
            kid: key.kid().to_owned(),
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            x: BASE64.encode(key.public()),
            alg: "EdDSA".to_owned(),
            r#use: "sig".to_owned(),
        };
        self.keys.iter().map(public).collect()
    }
}

async fn read(conn: &mut PgConnection, keys: &Keys) -> anyhow::Result<Vec<CardKey>> {
    let stored = store::all(conn).await?;
    stored
        .into_iter()
        .map(|(kid, sealed)| {
            let seed = keys.open(PURPOSE, kid.as_bytes(), &sealed)?;
            card_key(&seed)
        })
        .collect()
}

async fn make(conn: &mut PgConnection, keys: &Keys, clock: &Clock) -> anyhow::Result<CardKey> {
    let mut seed = [0; 32];
    rand::fill(&mut seed)?;
    let key = card_key(&seed)?;
    let sealed = keys.seal(PURPOSE, key.kid().as_bytes(), &seed);
    store::insert(conn, key.kid(), key.public(), &sealed, clock.now()).await?;
    tracing::info!(kid = key.kid(), "made the key that signs member cards");
    Ok(key)
}

fn card_key(seed: &[u8]) -> anyhow::Result<CardKey> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed)?;
    let public = pair.public_key().as_ref().try_into()?;
    Ok(CardKey::new(pair, public))
}
