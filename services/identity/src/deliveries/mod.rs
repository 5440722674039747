//! Messages on their way to people. A message is a job, written in the transaction that causes it; a worker hands it to a transport, at
//! least once, with an idempotency key by which the receiving side drops a second copy. Its content is erased when it is sent.

pub mod http_sms;
pub mod mailbox;
pub mod queue;
pub mod sender;
pub mod smtp;
pub mod store;

use std::sync::Arc;

use async_trait::async_trait;
use jobs::Outcome;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// By which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To a phone number.
    Sms,
    /// To a mail address.
    Mail,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sms, Self::Mail];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mail => "mail",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What a message says. No `Debug`: it may hold a code.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Content {
    /// Of a mail.
    pub subject: String,
    /// What the person reads.
    pub text: String,
    /// The one-time code in the text, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A message to be sent.
pub struct Delivery {
    /// UUIDv7.
    pub delivery_id: Uuid,
    /// The way.
    pub kind: Kind,
    /// E.164 number or mail address.
    pub recipient: String,
    /// What it says.
    pub content: Content,
    /// Enqueued once under this key, and sent along with every try.
    pub idempotency_key: String,
    /// Of no use to anybody after this.
    pub expires_at: OffsetDateTime,
}

/// What hands messages over to the world outside. It must answer within the time-out of [`POLICY`](sender::POLICY); the words of a
/// failure are kept and must not hold personal data.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends one message.
    async fn send(&self, delivery: &Delivery, now: OffsetDateTime) -> Outcome;
}

/// A transport for each kind of message.
#[derive(Clone)]
pub struct Transports {
    /// For phone numbers.
    pub sms: Arc<dyn Transport>,
    /// For mail addresses.
    pub mail: Arc<dyn Transport>,
}

impl Transports {
    pub(crate) fn of(&self, kind: Kind) -> Arc<dyn Transport> {
        match kind {
            Kind::Sms => Arc::clone(&self.sms),
            Kind::Mail => Arc::clone(&self.mail),
        }
    }
}
