//! Stages that look at the code.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

use super::context::Context;
use crate::{build, queries};

/// Two versions of one of these in one program do not understand each other's types, and cost a build each.
const ONE_VERSION: [&str; 10] = [
    "axum",
    "hyper",
    "http",
    "prost",
    "prost-types",
    "rustls",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
];

pub fn format() -> Result<String> {
    build::run(&mut build::cargo(&["fmt", "--all", "--check"]))?;
    Ok(String::new())
}

pub fn clippy() -> Result<String> {
    let mut command = build::cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    build::run(command.env("SQLX_OFFLINE", "true"))?;
    Ok(String::new())
}

/// What `docs/architecture.md` promises about the source.
pub fn house() -> Result<String> {
    let report = house::check(&platform::workspace())?;
    for finding in &report.findings {
        println!("{finding}");
    }
    if !report.findings.is_empty() {
        bail!("{} promises are broken", report.findings.len());
    }
    Ok(format!("{} files", report.files))
}

/// Reads the lock file: what is in it is what is built.
pub fn dependencies() -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let file = platform::workspace().join("Cargo.lock");
    let text = std::fs::read_to_string(&file).context("cannot read Cargo.lock")?;
    let lock: Lock = toml::from_str(&text).context("cannot read Cargo.lock")?;
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &lock.package {
        versions
            .entry(&package.name)
            .or_default()
            .insert(&package.version);
    }
    let twice: Vec<String> = ONE_VERSION
        .into_iter()
        .filter_map(|name| Some((name, versions.get(name)?)))
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| {
            format!(
                "{name} {}",
                versions.iter().copied().collect::<Vec<_>>().join(" and ")
            )
        })
        .collect();
    if !twice.is_empty() {
        bail!(
            "more than one version of {} (`cargo tree -d` says why)",
            twice.join(", ")
        );
    }
    Ok(format!("{} packages", lock.package.len()))
}

pub async fn queries(context: &mut Context) -> Result<String> {
    let url = context.postgres().await?.url("postgres");
    let total = queries::check::run(&url).await?;
    Ok(format!("{total} queries"))
}

/// Everything but the tests of the whole platform, which need its programs.
pub async fn tests(context: &mut Context) -> Result<String> {
    let url = context.postgres().await?.url("postgres");
    // The whole workspace is selected here and everywhere, so that dependencies are built with one set of features.
    let selected = [
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--test",
        "it",
        "--no-fail-fast",
    ];
    let mut command = build::cargo(&selected);
    command
        .env("SQLX_OFFLINE", "true")
        .env("CAST_TEST_DATABASE_URL", url);
    build::run(&mut command)?;
    Ok(String::new())
}
