//! Programs from npm and PyPI that look at the contract: pinned, installed once below `.cast/tools`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use platform::install;

use crate::build;

/// Lints proto files and finds breaking changes.
const BUF: &str = "1.75.0";
/// Lints OpenAPI documents.
const REDOCLY: &str = "2.77.0";
/// Makes up requests from an OpenAPI document.
const SCHEMATHESIS: &str = "4.32.5";

pub fn buf() -> Result<PathBuf> {
    npm("@bufbuild/buf", BUF, "buf")
}

pub fn redocly() -> Result<PathBuf> {
    npm("@redocly/cli", REDOCLY, "redocly")
}

fn npm(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let home = platform::tools_directory().join(format!("{program}-{version}"));
    let program = home.join("node_modules/.bin").join(program);
    if !program.exists() {
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot create {}", home.display()))?;
        let mut install = Command::new("npm");
        install
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "--prefix",
            ])
            .arg(&home)
            .arg(format!("{package}@{version}"));
        build::run(&mut install).context("Node.js 20 or newer with npm is needed")?;
    }
    if !program.exists() {
        bail!(
            "{package} {version} brings no program {}",
            program.display()
        );
    }
    Ok(program)
}

pub fn schemathesis() -> Result<PathBuf> {
    let _lock = install::one_at_a_time()?;
    let python = install::python(&format!("schemathesis-{SCHEMATHESIS}"))?;
    let program = python.with_file_name("schemathesis");
    if !program.exists() {
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .arg(format!("schemathesis=={SCHEMATHESIS}"));
        build::run(&mut pip)?;
    }
    Ok(program)
}
