//! `cast store`: keeps the databases of a platform of this version, for the test that later versions can use them.
//!
//! The platform is started for this purpose on an empty directory, so that its data are made up and its secrets protect
//! nothing else.

mod history;

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use platform::{Addresses, Options, Platform, Scratch, Service, postgres_binaries, workspace};

use platform::build;

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// The version that the folder is named after, such as 1.4.0
    version: String,
}

/// Starts a platform, fills it by the journey and the [`history`], and writes its databases, its secrets and what it
/// issued to `tests/stored/<version>`.
pub async fn run(arguments: Arguments) -> Result<()> {
    let version = arguments.version;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
    ensure!(
        version.starts_with(|first: char| first.is_ascii_alphanumeric())
            && version.chars().all(plain),
        "a version has letters, digits, points and hyphens"
    );
    let folder = workspace().join("tests/stored").join(&version);
    ensure!(!folder.exists(), "{} exists already", folder.display());
    let programs = build::services(false)?;
    let scratch = Scratch::new("store")?;
    let platform = Platform::start(Options {
        home: Some(scratch.path().to_owned()),
        programs,
        seeds: workspace().join("seeds"),
        postgres_url: None,
        nats_url: None,
        replicas: 1,
        people: None,
        environment: Vec::new(),
        progress: |step| println!("{step} …"),
    })
    .await?;
    let stored = store(&platform, &folder).await;
    platform.stop().await?;
    platform::reset(scratch.path())?;
    if stored.is_err() {
        // Half a version is none.
        let _ = std::fs::remove_dir_all(&folder);
    }
    stored?;
    println!("stored in {}", folder.display());
    Ok(())
}

async fn store(platform: &Platform, folder: &Path) -> Result<()> {
    let addresses = platform.addresses();
    journey(addresses).await?;
    println!("writing the history …");
    let issued = history::write(addresses)
        .await
        .context("the history cannot be written")?;
    platform.settled().await?;
    for service in Service::ALL.into_iter().rev() {
        platform.stop_service(service).await?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    for service in Service::callable() {
        dump(platform, service, folder)?;
    }
    let secrets = addresses.secrets.as_ref().context("no secrets")?;
    std::fs::copy(secrets, folder.join("development-only-secrets.json"))?;
    let issued = serde_json::to_string_pretty(&issued)? + "\n";
    std::fs::write(folder.join("issued.json"), issued)?;
    Ok(())
}

/// The journey, played by another process of this program.
async fn journey(addresses: &Addresses) -> Result<()> {
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command
        .args(["journey", "--gateway", &addresses.gateway_url, "--mailbox"])
        .arg(&addresses.mailbox);
    let status = command.status().await?;
    ensure!(status.success(), "the journey failed ({status})");
    Ok(())
}

/// Dumps the database of a service as compressed SQL that any client can execute: inserts instead of copies.
fn dump(platform: &Platform, service: Service, folder: &Path) -> Result<()> {
    let url = platform.database_url(service).context("no database")?;
    // What follows is for this program's client; pg_dump refuses it.
    let url = url.split('?').next().unwrap_or(url);
    build::run(
        Command::new(postgres_binaries(None)?.join("pg_dump"))
            .args(["--no-owner", "--no-privileges", "--inserts"])
            .args(["--rows-per-insert=500", "--compress=9", "--file"])
            .arg(folder.join(format!("{service}.sql.gz")))
            .arg(url),
    )
}
