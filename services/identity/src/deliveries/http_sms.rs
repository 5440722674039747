//! Text messages through an HTTP gateway: one signed POST a message, see [`outbound`](crate::outbound) for the signature.
//!
//! ```text
//! POST <CAST_SMS_URL>
//! webhook-id: code:01a2…            the idempotency key: answer a second POST with 2xx and send nothing
//! {"to": "+8613800138000", "text": "【网上科协】验证码 …"}
//! ```
//!
//! 2xx: taken. 408, 409, 425, 429, 5xx, or no answer: tried again. Any other status: given up.

use async_trait::async_trait;
use jobs::Outcome;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Delivery, Transport};
use crate::outbound::{Failure, Outbound};

/// Sends through a gateway.
#[derive(Debug)]
pub struct HttpSms(pub Outbound);

#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    text: &'a str,
}

#[async_trait]
impl Transport for HttpSms {
    async fn send(&self, delivery: &Delivery, now: OffsetDateTime) -> Outcome {
        let message = Message {
            to: &delivery.recipient,
            text: &delivery.content.text,
        };
        match self.0.post(&delivery.idempotency_key, &message, now).await {
            Ok(_) => Outcome::Done,
            Err(Failure::Transient(error)) => Outcome::Failed(error),
            Err(Failure::Permanent(error)) => Outcome::Refused(error),
        }
    }
}
