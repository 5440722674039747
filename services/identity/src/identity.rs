//! What the methods of all services have at hand.

use std::{ops::Deref, sync::Arc};

use kit::{
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use uuid::Uuid;

use crate::{
    credentials::{addresses::Address, hasher::Hasher},
    deliveries::Bell,
    keys::Signing,
    queues::Queues,
    resident_id::verifier::Verifier,
    session_tokens::Tokens,
};

/// What every room has in its hands. All gRPC services are implemented by it, each in its room. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Parts>);

/// The parts of [`Identity`].
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The keys that encrypt columns.
    pub keys: Keys,
    /// The present.
    pub clock: Clock,
    /// The platform's public URL: issuer of every token.
    pub issuer: String,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// Signs tokens.
    pub signing: Signing,
    /// The last access token of each session.
    pub tokens: Tokens,
    /// Confirms real names.
    pub verifier: Arc<dyn Verifier>,
    /// Rings for the worker that sends messages.
    pub deliveries: Bell,
    /// Who asks for one-time codes, by address and by origin.
    pub asking_for_codes: Queues,
    /// One-time codes for one network address within an hour that need no work.
    pub codes_per_origin: i64,
}

impl Identity {
    /// Of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The look-up hash of an address.
    pub(crate) fn address_hash(&self, address: &Address) -> [u8; 32] {
        self.keys
            .keyed_hash("identity.address", address.key().as_bytes())
    }

    /// Seals a text for the row of this id.
    pub(crate) fn seal_text(&self, purpose: &'static str, row: Uuid, text: &str) -> Vec<u8> {
        self.keys.seal(purpose, row.as_bytes(), text.as_bytes())
    }

    /// Opens what [`seal_text`](Self::seal_text) made.
    pub(crate) fn open_text(
        &self,
        purpose: &'static str,
        row: Uuid,
        sealed: &[u8],
    ) -> Result<String> {
        let plain = self
            .keys
            .open(purpose, row.as_bytes(), sealed)
            .map_err(Problem::internal)?;
        String::from_utf8(plain)
            .map_err(|_| Problem::internal(anyhow::anyhow!("a sealed text is not UTF-8")))
    }
}

impl Deref for Identity {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
