//! The Ed25519 keys (RFC 8032) that sign tickets.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::crypto::Keys;

use super::{error::TicketKeysError, store::StoredKey};

const PURPOSE: &str = "events.ticket-key";

/// The key that signs new tickets.
pub(super) struct SigningKey {
    pub(super) key_id: String,
    pair: Ed25519KeyPair,
}

/// A key that verifies tickets.
#[derive(Debug)]
pub(super) struct VerifyingKey(UnparsedPublicKey<Vec<u8>>);

/// A new key pair, its private part sealed. The id is a prefix of the public key: short, because every ticket contains it.
pub(super) fn generate(keys: &Keys) -> StoredKey {
    let seed = kit::chance::bytes::<32>();
    // Any 32 bytes are a seed.
    #[allow(clippy::expect_used)]
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes are a seed");
    let public_key = pair.public_key().as_ref().to_vec();
    let key_id = URL_SAFE_NO_PAD.encode(&public_key[..6]);
    let private_key = keys.seal(PURPOSE, key_id.as_bytes(), &seed);
    StoredKey {
        key_id,
        public_key,
        private_key,
    }
}

impl SigningKey {
    pub(super) fn open(stored: &StoredKey, keys: &Keys) -> Result<Self, TicketKeysError> {
        let key_id = stored.key_id.clone();
        let seed = keys
            .open(PURPOSE, key_id.as_bytes(), &stored.private_key)
            .map_err(|cause| TicketKeysError::Sealed {
                key_id: key_id.clone(),
                cause,
            })?;
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &stored.public_key)
            .map_err(|_| TicketKeysError::Damaged(key_id.clone()))?;
        Ok(Self { key_id, pair })
    }

    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.key_id)
    }
}

impl VerifyingKey {
    pub(super) fn of(stored: &StoredKey) -> Self {
        Self(UnparsedPublicKey::new(&ED25519, stored.public_key.clone()))
    }

    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        self.0.verify(text, signature).is_ok()
    }
}
