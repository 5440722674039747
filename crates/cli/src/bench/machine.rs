//! The society's own system: an OAuth client with client_credentials (RFC 6749 section 4.4), and how fast tokens are made for it.

use anyhow::{Context as _, Result, ensure};
use platform::Service;
use reqwest::Method;
use serde_json::json;
use tonic::metadata::AsciiMetadataValue;

use super::{
    empty,
    figure::Figure,
    load,
    stage::{SOCIETY, Stage, society},
    usage,
};
use crate::journey::visitor::text;

const CALLERS: usize = 16;

/// A client that may verify members of the society.
#[derive(Debug, Clone)]
pub struct Machine {
    client_id: String,
    client_secret: String,
    url: String,
}

impl Machine {
    /// Registers one, as the society's administrator does.
    pub async fn register(stage: &Stage) -> Result<Self> {
        let stranger = stage.stranger()?;
        let role = "organisation.administrator";
        let mut administrator = stage.demo.staff(&stranger, role, SOCIETY).await?;
        let path = format!("/v1/organisations/{}/clients", society()?);
        let wanted = json!({"kind": "MACHINE", "name": "会员系统", "scopes": ["members.verify", "members.read"]});
        let created = administrator.post(&path, wanted).await?;
        Ok(Self {
            client_id: text(&created["client"], "clientId")?.to_owned(),
            client_secret: text(&created, "clientSecret")?.to_owned(),
            url: format!("{}/oauth2/token", stage.platform.gateway_url()),
        })
    }

    /// A new access token.
    pub async fn token(&self, http: &reqwest::Client) -> Result<String> {
        let answer = http
            .request(Method::POST, &self.url)
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?;
        let status = answer.status();
        let body: serde_json::Value = answer.json().await?;
        ensure!(status.is_success(), "no token: {status} {body}");
        Ok(text(&body, "access_token")?.to_owned())
    }
}

/// A fresh token of the stage's machine, ready for the metadata `authorization`.
pub async fn bearer(stage: &Stage) -> Result<AsciiMetadataValue> {
    let machine = stage.machine.get_or_try_init(|| Machine::register(stage));
    let token = machine.await?.token(&reqwest::Client::new()).await?;
    AsciiMetadataValue::try_from(format!("Bearer {token}")).context("a token is text")
}

/// The scenario.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let machine = stage.machine.get_or_try_init(|| Machine::register(stage));
    let machine = machine.await?;
    let channel = stage.channel(Service::Identity).await?;
    let pids = [stage.pid(Service::Identity)?, stage.pid(Service::Gateway)?];
    let used = || -> Result<f64> { pids.iter().map(|pid| usage::cpu_seconds(*pid)).sum() };
    let (mut tokens, mut per_cpu, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    let mut words = String::new();
    for _ in 0..stage.plan.rounds {
        nothing.push(empty::round(stage, &channel, CALLERS).await?.per_second());
        let http = reqwest::Client::new();
        let (before, caller) = (used()?, machine.clone());
        let outcome = load::closed(CALLERS, stage.plan.length, move |_| {
            let (http, machine) = (http.clone(), caller.clone());
            async move { machine.token(&http).await.map(drop) }
        })
        .await?;
        per_cpu.push(outcome.calls() as f64 / (used()? - before).max(0.01));
        tokens.push(outcome.per_second());
        words = outcome.in_words();
    }
    Ok(vec![
        Figure::new("client_credentials tokens through the gateway", "tokens/s", tokens)
            .beside(empty::NAME, &nothing)
            .seen(words)
            .bound("Processor: in a profile identity takes 48 % of the machine, the gateway 13 %, PostgreSQL 8 %, the load generator 22 %. Signing is a tenth of identity's share, the kernel's network a quarter, memory a sixth."),
        Figure::new(
            "client_credentials tokens for a second of processor time",
            "tokens/CPU-s",
            per_cpu,
        )
        .seen("processor time of identity and gateway together"),
    ])
}
