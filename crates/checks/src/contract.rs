//! Stages that check the contract.

use std::process::Command;

use anyhow::{Context as _, Result};
use platform::workspace;

use super::{context::Context, tools};
use platform::{build, here};

use crate::{baseline, openapi};

/// Style, and breaking changes.
pub fn proto() -> Result<String> {
    build::run(
        Command::new(tools::buf()?)
            .args(["lint", "proto"])
            .current_dir(workspace()),
    )?;
    baseline::compare().context(
        "what others build on was changed: CONTRIBUTING.md says when that is allowed, and how",
    )?;
    Ok("style; compared with the baseline".to_owned())
}

/// The served document, with a public linter.
pub async fn openapi(context: &mut Context) -> Result<String> {
    let platform = context.platform().await?;
    let document = openapi::fetch(platform.gateway_url()).await?;
    let file = here::home().join("openapi.json");
    std::fs::write(&file, &document).with_context(|| format!("cannot write {}", file.display()))?;
    let redocly = tools::redocly()?;
    let mut lint = Command::new(redocly);
    lint.arg("lint")
        .arg(&file)
        .arg("--config")
        .arg(workspace().join("crates/checks/redocly.yaml"))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .current_dir(workspace());
    build::run(&mut lint)?;
    Ok(String::new())
}
