//! Signed JSON calls to systems outside: the SMS gateway and the verification service.
//!
//! The signature is that of the Standard Webhooks specification (standardwebhooks.com, version 1.0): headers `webhook-id`,
//! `webhook-timestamp` (seconds since 1970) and `webhook-signature: v1,<base64 of HMAC-SHA-256 over "id.timestamp.body">`. The secret is the
//! configured text as it is, or what follows `whsec_` decoded from base64. A receiver refuses timestamps older than five minutes.

use std::{fmt, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Client, StatusCode, Url, header::CONTENT_TYPE, redirect::Policy};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use time::OffsetDateTime;

/// An answer must come within this.
const TIMEOUT: Duration = Duration::from_secs(8);
/// No answer is longer.
const MOST_BYTES: usize = 64 * 1024;

/// A system outside.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    url: Url,
    key: hmac::Key,
}

/// Why a call failed; the words hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// May work later.
    #[error("{0}")]
    Transient(String),
    /// Never will.
    #[error("{0}")]
    Permanent(String),
}

impl Outbound {
    /// A system that answers at `url` and shares `secret` with us. In production only https will do. `names` are the two variables,
    /// for the error.
    pub fn new(
        url: &str,
        secret: &SecretString,
        production: bool,
        names: (&str, &str),
    ) -> anyhow::Result<Self> {
        let url = Url::parse(url)
            .map_err(|_| anyhow::anyhow!("{} is not usable: give an https address", names.0))?;
        let secure = url.scheme() == "https" || (url.scheme() == "http" && !production);
        anyhow::ensure!(
            secure && url.has_host(),
            "{} is not usable: give an https address",
            names.0
        );
        let secret = secret.expose_secret();
        let bytes = match secret.strip_prefix("whsec_") {
            Some(encoded) => STANDARD.decode(encoded).unwrap_or_default(),
            None => secret.as_bytes().to_vec(),
        };
        anyhow::ensure!(
            bytes.len() >= 24,
            "{} is not usable: give a random secret of at least 24 bytes",
            names.1
        );
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .build()?;
        Ok(Self {
            client,
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, &bytes),
        })
    }

    /// Posts `message` under an id that stays the same for every try; returns the body of a 2xx answer.
    pub async fn post(
        &self,
        id: &str,
        message: &impl Serialize,
        now: OffsetDateTime,
    ) -> Result<Vec<u8>, Failure> {
        let body = serde_json::to_string(message)
            .map_err(|_| Failure::Permanent("no JSON form".to_owned()))?;
        let timestamp = now.unix_timestamp();
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.signature(id, timestamp, &body))
            .body(body);
        let mut answer = request
            .send()
            .await
            .map_err(|error| Failure::Transient(describe(&error).to_owned()))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(refusal(status));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| Failure::Transient(describe(&error).to_owned()))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err(Failure::Permanent("the answer is too long".to_owned()));
            }
        }
        Ok(bytes)
    }

    fn signature(&self, id: &str, timestamp: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbound({})", self.url.host_str().unwrap_or_default())
    }
}

fn refusal(status: StatusCode) -> Failure {
    let words = format!("HTTP {}", status.as_u16());
    let again = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::CONFLICT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    if status.is_server_error() || again.contains(&status) {
        Failure::Transient(words)
    } else {
        Failure::Permanent(words)
    }
}

fn describe(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "not reachable"
    } else {
        "the connection broke"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn outbound(secret: &str) -> anyhow::Result<Outbound> {
        crate::install_crypto();
        Outbound::new(
            "https://sms.example.cn/",
            &SecretString::from(secret),
            true,
            ("CAST_SMS_URL", "CAST_SMS_SECRET"),
        )
    }

    #[test]
    fn signatures_agree_with_the_example_of_the_specification() {
        let outbound = outbound("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signature = outbound.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn short_secrets_and_plain_http_are_refused_in_production() {
        assert!(outbound("short").is_err());
        let secret = SecretString::from("a-secret-that-is-long-enough");
        let plain =
            |production| Outbound::new("http://sms.example.cn/", &secret, production, ("A", "B"));
        assert!(plain(true).is_err());
        assert!(plain(false).is_ok());
    }

    #[test]
    fn what_may_work_later_is_tried_again() {
        for (status, again) in [
            (500, true),
            (503, true),
            (429, true),
            (409, true),
            (400, false),
            (401, false),
            (302, false),
        ] {
            let failure = refusal(StatusCode::from_u16(status).unwrap());
            assert_eq!(matches!(failure, Failure::Transient(_)), again, "{status}");
        }
    }
}
