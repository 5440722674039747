//! Errors of tickets and of their keys.

use kit::{crypto::CryptoError, errors::Problem};
use proto_events::reasons;

/// The text is not a ticket of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket of ours")]
pub struct TicketInvalid;

impl From<TicketInvalid> for Problem {
    fn from(_: TicketInvalid) -> Self {
        Self::of(&reasons::TICKET_INVALID)
    }
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TicketKeysError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The stored key does not open: `CAST_DATA_KEYS` lacks the version it was sealed with.
    #[error("the ticket key {key_id} does not open")]
    Sealed {
        /// Id of the key.
        key_id: String,
        /// The cause.
        #[source]
        cause: CryptoError,
    },
    /// The stored bytes are not an Ed25519 key pair.
    #[error("the ticket key {0} is damaged")]
    Damaged(String),
}
