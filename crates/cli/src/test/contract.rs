//! Stages that look at the contract.

use std::process::Command;

use anyhow::{Context as _, Result};
use platform::workspace;

use super::{context::Context, tools};
use crate::{build, here, openapi};

/// Style, and whether anything was taken away that the last release promised.
pub fn proto() -> Result<String> {
    let buf = tools::buf()?;
    let root = workspace();
    build::run(
        Command::new(&buf)
            .args(["lint", "proto"])
            .current_dir(&root),
    )?;
    let Some(release) = last_release() else {
        return Ok("style; nothing released yet to compare with".to_owned());
    };
    let against = format!(".git#tag={release},subdir=proto");
    build::run(
        Command::new(&buf)
            .args(["breaking", "proto", "--against", &against])
            .current_dir(&root),
    )?;
    Ok(format!("style; compared with {release}"))
}

/// The newest tag of the form `v1.2.3` behind the checked-out commit.
fn last_release() -> Option<String> {
    let mut git = Command::new("git");
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"]);
    let output = git.current_dir(workspace()).output().ok()?;
    let tag = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !tag.is_empty()).then_some(tag)
}

/// The document as it is served, through a public linter.
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
        .arg(workspace().join("crates/cli/redocly.yaml"))
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .current_dir(workspace());
    build::run(&mut lint)?;
    Ok(String::new())
}
