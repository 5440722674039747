//! `cast replay`.

use anyhow::{Context as _, Result, bail};
use platform::{Service, internal_token};
use proto::cast::eventlog::v1::ReplayQuarantinedRequest;
use proto::cast::eventlog::v1::event_log_client::EventLogClient;
use tonic::Request;
use tonic::metadata::AsciiMetadataValue;

use platform::here;

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
        let token = AsciiMetadataValue::try_from(internal_token(&secret)?)?;
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
