//! Builds and checks the portal, which the gateway embeds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::build;

fn folder() -> PathBuf {
    crate::workspace().join("portal")
}

fn npm(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder());
    build::run(&mut command)
}

/// Builds the portal if a source is newer than the build.
pub fn build() -> Result<()> {
    let portal = folder();
    let built = modified(&portal.join("dist/index.html"));
    let sources = [
        "src",
        "public",
        "index.html",
        "package-lock.json",
        "vite.config.ts",
    ];
    let newest = sources
        .iter()
        .filter_map(|source| newest(&portal.join(source)))
        .max();
    if built.is_some() && built >= newest {
        return Ok(());
    }
    install()?;
    npm(&["run", "--silent", "build"])
}

/// Installs missing packages, exactly as locked.
fn install() -> Result<()> {
    let portal = folder();
    let installed = modified(&portal.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&portal.join("package-lock.json")) {
        return Ok(());
    }
    println!("installing what the portal is built with …");
    npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .context("the portal needs Node.js 20 or newer with npm")
}

/// Types, lint, format, unit tests, drift of the API document, and the size of scripts of a first visit.
/// `environment`: for the unit tests.
pub fn check(document: &str, environment: &[(&str, &OsStr)]) -> Result<()> {
    install()?;
    let snapshot = folder().join("src/api/openapi.json");
    let written_for: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&snapshot)?)?;
    let offered: serde_json::Value = serde_json::from_str(document)?;
    if written_for != offered {
        bail!(
            "the API has changed: `./cast openapi > {}`",
            snapshot.display()
        );
    }
    npm(&["run", "--silent", "check"])?;
    npm(&["run", "--silent", "lint"])?;
    npm(&["run", "--silent", "format:check"])?;
    let mut tests = Command::new("npm");
    tests
        .args(["run", "--silent", "test"])
        .envs(environment.iter().copied())
        .current_dir(folder());
    build::run(&mut tests)?;
    build()?;
    npm(&["run", "--silent", "budget"])
}

/// The tests in a browser; the environment has the address of the platform.
pub fn browse(environment: &[(&str, &OsStr)]) -> Result<()> {
    install()?;
    let mut command = Command::new("npm");
    command
        .args(["run", "--silent", "browse"])
        .envs(environment.iter().copied())
        .current_dir(folder());
    build::run(&mut command)
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}

/// The time of the last change in a folder.
fn newest(path: &Path) -> Option<SystemTime> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return modified(path);
    };
    entries
        .flatten()
        .filter_map(|entry| newest(&entry.path()))
        .max()
}
