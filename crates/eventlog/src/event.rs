//! An event as consumers receive it, and errors of applying one.

use bytes::Bytes;
use prost::{Message, Name};
use sqlx::error::DatabaseError;
use time::OffsetDateTime;
use uuid::Uuid;

/// One event with its place in the log of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// 1, 2, 3 … without a gap within one source.
    pub position: i64,
    /// UUIDv7; the same in every encoding.
    pub id: Uuid,
    /// The service that owns the log, e.g. `membership`.
    pub source: String,
    /// Aggregate type, e.g. `Membership`.
    pub aggregate: String,
    /// Aggregate id.
    pub aggregate_id: Uuid,
    /// Name of the message in `payload`, e.g. `MembershipActivated`.
    pub event_type: String,
    /// The encoded message.
    pub payload: Bytes,
    /// When the fact happened, UTC.
    pub occurred_at: OffsetDateTime,
    /// W3C trace context of the command that caused it.
    pub traceparent: Option<String>,
}

impl Event {
    /// The message inside. Malformed bytes, or a message of another name, are poison: a retry would not help.
    pub fn decode<M: Message + Default + Name>(&self) -> Result<M, ApplyError> {
        if self.event_type != M::NAME {
            let found = &self.event_type;
            return Err(ApplyError::Poison(format!(
                "the handler expected {}, the event is {found}",
                M::NAME
            )));
        }
        M::decode(self.payload.clone())
            .map_err(|e| ApplyError::Poison(format!("{} does not decode: {e}", M::NAME)))
    }
}

/// Why an event could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The event cannot be applied: quarantine it. The text is stored and shown, so it must not contain personal data.
    #[error("{0}")]
    Poison(String),
    /// The database failed: the whole batch is retried.
    #[error(transparent)]
    Database(sqlx::Error),
}

/// Separates database errors that recur on every retry (the data is refused) from the others. An error in the schema (a
/// missing column before a pending migration) counts as one of the database: the consumer retries.
impl From<sqlx::Error> for ApplyError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refused) => match poison(refused.as_ref()) {
                Some(words) => Self::Poison(words),
                None => Self::Database(error),
            },
            sqlx::Error::RowNotFound => {
                Self::Poison("a row that the event needs is not there".to_owned())
            }
            sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::InvalidArgument(_) => {
                Self::Poison(format!("a value cannot be converted: {error}"))
            }
            _ => Self::Database(error),
        }
    }
}

/// The message of a constraint violation names only the constraint; other messages may quote data and are omitted.
fn poison(refused: &dyn DatabaseError) -> Option<String> {
    let code = refused.code()?;
    match code.get(..2)? {
        "23" => Some(format!("SQLSTATE {code}: {}", refused.message())),
        "22" => Some(format!("SQLSTATE {code}: data exception")),
        "54" => Some(format!("SQLSTATE {code}: program limit exceeded")),
        "P0" => Some(format!("SQLSTATE {code}: raised by the database")),
        _ => None,
    }
}
