//! Stages that check the code.

use std::{collections::BTreeSet, process::Command};

use anyhow::{Result, bail};

use super::{context::Context, suites, tools};
use platform::build;

use crate::queries;

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

/// The rules of `docs/architecture.md` about the source.
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

/// The rules of `deny.toml` about the lock file. Advisories are checked if their database is reachable. Neither an advisory nor an unreachable
/// database is a failure; the result says which it was.
pub fn dependencies() -> Result<String> {
    same_features()?;
    let program = tools::cargo_deny()?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(platform::workspace());
        command
    };
    // A fresh machine has not yet downloaded what other platforms than its own need; the licences of those are checked as well.
    build::run(&mut deny(&[
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    let fetched = deny(&["fetch", "db"]).output()?;
    if !fetched.status.success() {
        return Ok("licences, bans, sources; no database of advisories to be reached".to_owned());
    }
    // What became known since is no fault of the change that is tested, but it is said.
    let known = deny(&["check", "--disable-fetch", "advisories"]).status()?;
    Ok(match known.success() {
        true => "licences, bans, sources; no advisories".to_owned(),
        false => "licences, bans, sources; ADVISORIES, see above".to_owned(),
    })
}

/// Tests choose no feature of a crate that the programs choose otherwise: each such feature has the crate, and all that depend on it, compiled
/// once more.
fn same_features() -> Result<()> {
    let (built, tested) = (features("normal,build")?, features("normal,build,dev")?);
    let differing: Vec<&String> = built.difference(&tested).collect();
    for line in &differing {
        println!("tests compile with other features: {line}");
    }
    if !differing.is_empty() {
        bail!(
            "{} crates are compiled twice; name what tests need of them in crates/testkit/Cargo.toml",
            differing.len()
        );
    }
    Ok(())
}

/// The crates of the workspace and their dependencies of these kinds, with version and features.
fn features(kinds: &str) -> Result<BTreeSet<String>> {
    let mut command = build::cargo(&[
        "tree",
        "--locked",
        "--workspace",
        "--edges",
        &format!("{kinds},features"),
        "--prefix",
        "none",
        "--format",
        "{p} {f}",
    ]);
    let output = command.output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    // Features stand among the crates, without a version.
    let crates = text.lines().filter(|line| line.contains(" v"));
    Ok(crates
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect())
}

pub async fn queries(context: &mut Context) -> Result<String> {
    let url = context.postgres().await?.url("postgres");
    let total = queries::check::run(&url).await?;
    Ok(format!("{total} queries"))
}

/// All tests except those of the whole platform, which need its programs.
pub async fn tests(context: &mut Context) -> Result<String> {
    tools::readers_of_papers()?;
    let url = context.postgres().await?.url("postgres");
    // Two tests for each core: most of a test is waiting for servers and time-outs.
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    suites::run(
        &["--lib", "--bins", "--test", "it"],
        &[
            ("CAST_TEST_DATABASE_URL", &url),
            ("RUST_TEST_THREADS", &threads.to_string()),
        ],
    )
}
