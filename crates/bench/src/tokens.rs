//! Rate of issuing tokens for the society's own system.

use anyhow::Result;
use platform::Service;

use super::{empty, figure::Figure, load, stage::Stage, usage};

const CALLERS: usize = 16;

/// The scenario.
pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let machine = stage.machine().await?;
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
        Figure::new(
            "client_credentials tokens through the gateway",
            "tokens/s",
            tokens,
        )
        .beside(empty::NAME, &nothing)
        .seen(words),
        Figure::new(
            "client_credentials tokens for a second of processor time",
            "tokens/CPU-s",
            per_cpu,
        )
        .seen("processor time of identity and gateway together"),
    ])
}
