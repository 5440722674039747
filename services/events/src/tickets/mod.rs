//! Tickets: the token in the QR code of a registration. A JWS in compact form (RFC 7515) signed with Ed25519 (RFC 8037) by the
//! service's own key. It names the registration and the activity and has no personal data.

mod error;
mod keys;
pub mod store;
mod subject;
mod token;

use std::{collections::HashMap, sync::Arc};

use kit::{clock::Clock, crypto::Keys, db::Db};

pub use error::{TicketInvalid, TicketKeysError};
use keys::{SigningKey, VerifyingKey};
pub use subject::Subject;

/// Issues and verifies tickets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tickets(Arc<KeyRing>);

#[derive(Debug)]
struct KeyRing {
    signing: SigningKey,
    verifying: HashMap<String, VerifyingKey>,
}

impl Tickets {
    /// Loads the keys; generates the first one if there is none. Replicas that start at the same time load the same key.
    pub async fn load(db: &Db, keys: &Keys, clock: &Clock) -> Result<Self, TicketKeysError> {
        let mut tx = db.begin().await?;
        store::lock_keys(&mut tx).await?;
        let mut stored = store::keys(&mut tx).await?;
        if stored.is_empty() {
            let first = keys::generate(keys);
            store::insert_key(&mut tx, &first, clock.now()).await?;
            stored.push(first);
        }
        tx.commit().await?;
        let mut verifying = HashMap::new();
        let mut signing = None;
        // From the oldest to the newest: the last one signs.
        for key in stored {
            signing = Some(SigningKey::open(&key, keys)?);
            verifying.insert(key.key_id.clone(), VerifyingKey::of(&key));
        }
        let signing = signing.ok_or(sqlx::Error::RowNotFound)?;
        Ok(Self(Arc::new(KeyRing { signing, verifying })))
    }

    /// The ticket of a registration. The same for a registration as long as the signing key stays the same.
    pub fn issue(&self, subject: Subject) -> String {
        token::encode(&self.0.signing, subject)
    }

    /// The subject of a ticket, if it is signed by one of the keys.
    pub fn read(&self, ticket: &str) -> Result<Subject, TicketInvalid> {
        token::decode(&self.0.verifying, ticket)
    }
}
