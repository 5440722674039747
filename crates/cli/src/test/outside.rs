//! Stages that look at the whole platform from outside.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use platform::{Options, Platform, workspace};

use super::{Context, Outcome, tools};
use crate::build;

/// The package with the tests of the whole platform.
pub const PACKAGE: &str = "platform-tests";

/// Its folder.
pub fn package() -> PathBuf {
    workspace().join("tests")
}

/// A platform of our own on free ports.
pub async fn start() -> Result<Platform> {
    let programs = build::services(false)?;
    Platform::start(Options {
        home: None,
        programs,
        seeds: workspace().join("seeds"),
        postgres_url: None,
        nats_url: None,
        environment: Vec::new(),
        progress: |step| println!("{step} …"),
    })
    .await
}

pub async fn tests(_context: &mut Context) -> Result<Outcome> {
    if !package().exists() {
        return Ok(Outcome::Skipped("there are none yet"));
    }
    build::services(false)?;
    let mut command = build::cargo(&["test", "-p", PACKAGE, "--no-fail-fast"]);
    build::run(command.env("SQLX_OFFLINE", "true"))?;
    Ok(Outcome::Passed(String::new()))
}

/// No answer may be a 5xx, and none may differ from what the document says.
pub async fn fuzz(context: &mut Context) -> Result<Outcome> {
    let (examples, seconds) = (
        context.arguments.fuzz_examples,
        context.arguments.fuzz_seconds,
    );
    let platform = context.platform().await?;
    let schemathesis = tools::schemathesis()?;
    let mut command = Command::new(schemathesis);
    command
        .arg("run")
        .arg(format!("{}/openapi.json", platform.gateway_url()))
        .args(["--max-examples", &examples.to_string()])
        .args(["--max-time", &seconds.to_string()])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
             response_headers_conformance",
        ])
        .current_dir(crate::home());
    build::run(&mut command)?;
    Ok(Outcome::Passed(format!("{examples} examples an operation")))
}
