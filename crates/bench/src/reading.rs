//! A public read: one organisation, as the portal fetches it. Through the gateway as REST and JSON, directly from the
//! service over gRPC. Baseline: an empty gRPC call, the standard health check, which uses the same server and layers
//! but does not access the database and has a minimal message.

use anyhow::{Result, ensure};
use platform::Service;
use proto::cast::membership::v1::{
    GetOrganisationRequest, organisations_client::OrganisationsClient,
};
use tonic::transport::Channel;

use super::{empty, figure::Figure, load, load::Outcome, society::society, stage::Stage};

/// Concurrent callers. They saturate the machine; more would only wait.
const CALLERS: usize = 16;

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let organisation_id = society()?;
    let channel = stage.channel(Service::Membership).await?;
    let url = format!(
        "{}/v1/organisations/{organisation_id}",
        stage.platform.gateway_url()
    );
    let (mut rest, mut rpc, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rest_words, mut rpc_words) = (String::new(), String::new());
    for _ in 0..stage.plan.rounds {
        nothing.push(empty::round(stage, &channel, CALLERS).await?.per_second());
        let direct = direct(stage, &channel, &organisation_id).await?;
        rpc_words = direct.in_words();
        rpc.push(direct.per_second());
        let through = through_the_gateway(stage, &url).await?;
        rest_words = through.in_words();
        rest.push(through.per_second());
    }
    Ok(vec![
        Figure::new(
            "GET /v1/organisations/{id} through the gateway",
            "calls/s",
            rest,
        )
        .beside(empty::NAME, &nothing)
        .seen(rest_words),
        Figure::new("Organisations.GetOrganisation by gRPC", "calls/s", rpc)
            .beside(empty::NAME, &nothing)
            .seen(rpc_words),
    ])
}

async fn direct(stage: &Stage, channel: &Channel, organisation_id: &str) -> Result<Outcome> {
    let client = OrganisationsClient::new(channel.clone());
    let request = GetOrganisationRequest {
        organisation_id: organisation_id.to_owned(),
    };
    load::closed(CALLERS, stage.plan.length, move |_| {
        let (mut client, request) = (client.clone(), request.clone());
        async move {
            client.get_organisation(request).await?;
            Ok(())
        }
    })
    .await
}

async fn through_the_gateway(stage: &Stage, url: &str) -> Result<Outcome> {
    let http = reqwest::Client::new();
    let url = url.to_owned();
    load::closed(CALLERS, stage.plan.length, move |_| {
        let (http, url) = (http.clone(), url.clone());
        async move {
            let answer = http.get(url).send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            ensure!(
                status.is_success(),
                "{status} {}",
                String::from_utf8_lossy(&body)
            );
            Ok(())
        }
    })
    .await
}
