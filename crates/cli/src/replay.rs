//! `cast replay`.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::Service;
use proto::cast::eventlog::v1::ReplayQuarantinedRequest;
use proto::cast::eventlog::v1::event_log_client::EventLogClient;
use serde::Serialize;
use tonic::Request;
use tonic::metadata::AsciiMetadataValue;

use crate::here;

/// Makes every service apply its quarantined events again, oldest first.
pub async fn run(source: Option<Service>) -> Result<()> {
    let addresses = here::running()?;
    let secret = addresses.internal_secret()?;
    let mut remaining = 0;
    for service in Service::callable() {
        let Some(own) = addresses.services.get(&service) else {
            continue;
        };
        let mut client = EventLogClient::connect(own.url.clone())
            .await
            .with_context(|| format!("{service} cannot be reached"))?;
        let mut request = Request::new(ReplayQuarantinedRequest {
            source: source.map_or_else(String::new, |source| source.name().to_owned()),
        });
        let token = token(&secret)?;
        request.metadata_mut().insert("x-cast-internal", token);
        let result = client.replay_quarantined(request).await;
        let result = result
            .with_context(|| format!("{service} cannot replay"))?
            .into_inner();
        println!(
            "{:<12}{} applied, {} remain",
            service.name(),
            result.applied,
            result.remaining
        );
        remaining += result.remaining;
    }
    if remaining > 0 {
        bail!("{remaining} events still cannot be applied; the services' logs say why");
    }
    Ok(())
}

/// The claims of an internal token. The form is that of `kit::access::internal`, which this program does not link: it
/// must build when the queries of the services do not.
#[derive(Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    iat: u64,
    exp: u64,
}

/// An internal token, valid for one minute.
pub fn token(secret: &str) -> Result<AsciiMetadataValue> {
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
    let token = jsonwebtoken::encode(&header, &claims, &key).context("cannot sign a token")?;
    AsciiMetadataValue::try_from(token).context("cannot sign a token")
}
