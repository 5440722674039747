//! Secrets of 256 random bits: of sessions, OAuth clients, authorization codes and devices.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::errors::{Problem, Result};

/// 256 random bits in base64url, 43 characters.
pub(crate) fn random_secret() -> Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)
        .map_err(|_| Problem::internal(anyhow::anyhow!("the system gives no random bytes")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret of 256 random bits: guessing it is hopeless, so a plain hash will do.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}
