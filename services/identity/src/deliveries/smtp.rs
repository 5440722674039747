//! Mail by SMTP (RFC 5321).

use async_trait::async_trait;
use jobs::Outcome;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    address::Address,
    message::{Mailbox, MessageBuilder, header::ContentType},
    transport::smtp::Error,
};
use time::OffsetDateTime;

use super::{Delivery, Transport, sender::POLICY};

/// Hands mail to a server.
pub struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// `url`: `smtps://user:password@host:465`, or `smtp://…:587?tls=required` for STARTTLS. `from`: `Name <address>`.
    pub fn new(url: &str, from: &str) -> anyhow::Result<Self> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| {
                anyhow::anyhow!("CAST_SMTP_URL is not usable: give smtps://user:password@host:465")
            })?
            .timeout(Some(POLICY.timeout.unsigned_abs() / 2))
            .build();
        let from = from.parse().map_err(|_| {
            anyhow::anyhow!("CAST_SMTP_FROM is not usable: give `Name <address>` or an address")
        })?;
        Ok(Self { server, from })
    }

    fn compose(&self, delivery: &Delivery) -> Option<Message> {
        let to: Address = delivery.recipient.parse().ok()?;
        // The same for every try: mail servers and programs drop the second copy.
        let message_id = format!("<{}@{}>", delivery.delivery_id, self.from.email.domain());
        MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(delivery.content.subject.as_str())
            .message_id(Some(message_id))
            .header(ContentType::TEXT_PLAIN)
            .body(delivery.content.text.clone())
            .ok()
    }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, delivery: &Delivery, _now: OffsetDateTime) -> Outcome {
        let Some(message) = self.compose(delivery) else {
            return Outcome::Refused("it has no form as a mail".to_owned());
        };
        match self.server.send(message).await {
            Ok(_) => Outcome::Done,
            Err(error) if error.is_permanent() => Outcome::Refused(describe(&error)),
            Err(error) => Outcome::Failed(describe(&error)),
        }
    }
}

/// The status alone: the text of a server's answer quotes the address.
fn describe(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("SMTP {code}"),
        None if error.is_timeout() => "SMTP server: no answer in time".to_owned(),
        None if error.is_tls() => "SMTP server: TLS failed".to_owned(),
        None => "SMTP server: not reachable".to_owned(),
    }
}
