//! Signing tokens.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{
    access::{KeySource, tokens::TYPE},
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;

use super::{
    Algorithm,
    jwk::{self, Jwk},
    store,
};

const PURPOSE: &str = "identity.signing-key";

/// The keys that sign now. Cheap to clone.
#[derive(Clone)]
pub struct Signing(Arc<Pairs>);

struct Pairs {
    access: (String, Ed25519KeyPair),
    id: (String, RsaKeyPair),
}

impl Signing {
    /// Reads the keys, and makes those that are missing. Of replicas that start at the same time, one makes them.
    pub async fn load(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Self> {
        let mut tx = db.begin().await?;
        store::queue_up(&mut tx).await?;
        let access = load_or_make(&mut tx, keys, clock, Algorithm::EdDsa).await?;
        let id = load_or_make(&mut tx, keys, clock, Algorithm::Rs256).await?;
        tx.commit().await?;
        let unusable = |_| anyhow!("a stored signing key is not usable");
        Ok(Self(Arc::new(Pairs {
            access: (
                access.0,
                Ed25519KeyPair::from_pkcs8(&access.1).map_err(unusable)?,
            ),
            id: (id.0, RsaKeyPair::from_pkcs8(&id.1).map_err(unusable)?),
        })))
    }

    /// An access token (RFC 9068).
    pub fn access_token(&self, claims: &impl Serialize) -> Result<String> {
        let (kid, pair) = &self.0.access;
        let input = signing_input(Algorithm::EdDsa, TYPE, kid, claims)?;
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()));
        Ok(format!("{input}.{signature}"))
    }

    /// An ID token (OpenID Connect Core 1.0 section 2).
    pub fn id_token(&self, claims: &impl Serialize) -> Result<String> {
        let (kid, pair) = &self.0.id;
        let input = signing_input(Algorithm::Rs256, "JWT", kid, claims)?;
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            input.as_bytes(),
            &mut signature,
        )
        .map_err(|_| Problem::internal(anyhow!("the ID token cannot be signed")))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn signing_input(
    algorithm: Algorithm,
    typ: &str,
    kid: &str,
    claims: &impl Serialize,
) -> Result<String> {
    let header = json!({ "typ": typ, "alg": algorithm.as_str(), "kid": kid }).to_string();
    let claims = serde_json::to_vec(claims).map_err(Problem::internal)?;
    Ok(format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    ))
}

async fn load_or_make(
    conn: &mut PgConnection,
    keys: &Keys,
    clock: &Clock,
    algorithm: Algorithm,
) -> anyhow::Result<(String, Vec<u8>)> {
    if let Some((kid, sealed)) = store::current(conn, algorithm).await? {
        let private = keys
            .open(PURPOSE, kid.as_bytes(), &sealed)
            .context("a signing key does not open: CAST_DATA_KEYS")?;
        return Ok((kid, private));
    }
    // A quarter of a second at most, once in the life of an installation.
    let (public, private) = tokio::task::spawn_blocking(move || make(algorithm)).await??;
    let sealed = keys.seal(PURPOSE, public.kid.as_bytes(), &private);
    store::insert_current(conn, algorithm, &public, &sealed, clock.now()).await?;
    tracing::info!(
        kid = public.kid,
        algorithm = algorithm.as_str(),
        "a signing key was made"
    );
    Ok((public.kid, private))
}

fn make(algorithm: Algorithm) -> anyhow::Result<(Jwk, Vec<u8>)> {
    let failed = |_| anyhow!("a signing key cannot be made");
    match algorithm {
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            let private = pair.to_pkcs8().map_err(failed)?;
            Ok((
                jwk::ed25519(pair.public_key().as_ref()),
                private.as_ref().to_vec(),
            ))
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
            let private: Pkcs8V1Der<'static> = pair.as_der().map_err(failed)?;
            let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
            Ok((jwk::rsa(&public.n, &public.e), private.as_ref().to_vec()))
        }
    }
}

/// The published keys as they stand in the database: those that another replica has made are there too.
#[derive(Clone, Debug)]
pub struct Published(pub Db);

#[async_trait::async_trait]
impl KeySource for Published {
    async fn key_set(&self) -> anyhow::Result<String> {
        let mut conn = self.0.read().await?;
        Ok(jwk::set(&store::published(&mut conn).await?))
    }
}
