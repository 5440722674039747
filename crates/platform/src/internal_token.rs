//! The token by which a tool calls a service as one of the services does.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

/// The claims. The form is that of `kit::access::internal`, which the tools do not link: they must build when the queries
/// of the services do not.
#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    iat: u64,
    exp: u64,
}

/// An internal token, valid for one minute.
pub fn internal_token(secret: &str) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = Claims {
        iss: "cli",
        aud: "cast-internal",
        iat: now,
        exp: now + 60,
    };
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("cast-internal+jwt".to_owned());
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&header, &claims, &key).context("cannot sign a token")
}
