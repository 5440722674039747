//! The stage `deployment`: image, Kubernetes and monitoring, without a cluster.

mod environment;
mod image;
mod manifests;
mod monitoring;
mod network;
mod pods;
mod production;
mod references;
mod start;

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use self::manifests::Manifests;
use super::{context::Context, tools};

/// Overlays below `k8s/overlays`, production last.
const OVERLAYS: [&str; 2] = ["dev", "production"];

/// Renders and validates the overlays, compares them with the code, and starts the platform with their settings.
pub async fn run(context: &mut Context) -> Result<String> {
    let tools = tools::deployment()?;
    image::check(&tools)?;
    let mut problems = Vec::new();
    let mut overlays = Vec::new();
    for overlay in OVERLAYS {
        println!("rendering {overlay} …");
        let manifests = Manifests::render(&tools, overlay)?;
        let found = [
            pods::missing(&manifests),
            pods::problems(&manifests)?,
            references::problems(&manifests)?,
            environment::problems(&manifests)?,
        ];
        problems.extend(
            found
                .concat()
                .into_iter()
                .map(|problem| format!("{overlay}: {problem}")),
        );
        overlays.push(manifests);
    }
    problems.extend(references::secrets(
        &overlays,
        &references::example(&tools)?,
    )?);
    let Some(production) = overlays.last() else {
        bail!("there is no overlay");
    };
    problems.extend(network::problems(production)?);
    problems.extend(production::problems(production));
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    let mut served = BTreeSet::new();
    for (overlay, manifests) in OVERLAYS.into_iter().zip(&overlays) {
        println!("starting what {overlay} says …");
        served.extend(start::run(context, manifests).await?);
    }
    let (problems, expressions) = monitoring::problems(&tools, production, &served)?;
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    let manifests: usize = overlays.iter().map(|manifests| manifests.0.len()).sum();
    Ok(format!("{manifests} manifests, {expressions} expressions"))
}
