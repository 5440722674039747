//! `cast up`.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use platform::{Addresses, Options, Platform, Service, workspace};
use tokio::signal::unix::{SignalKind, signal};

use platform::{build, here::home, portal};

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// Build the services optimised: a longer build, a faster platform
    #[arg(long)]
    release: bool,
    /// Also print the logs of the services
    #[arg(long)]
    logs: bool,
    /// Without the demonstration country: demo accounts and activities alone
    #[arg(long)]
    empty: bool,
    /// Number of processes per service
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=5))]
    replicas: u16,
}

/// The people of the demonstration country.
const COUNTRY: u64 = 20_000;

/// Starts the platform and runs until Ctrl-C or until a part of it dies.
pub async fn run(arguments: Arguments) -> Result<()> {
    if let Some(addresses) = Addresses::of_running(&home())? {
        bail!(
            "the platform is running already at {} (process {}); Ctrl-C there stops it",
            addresses.gateway_url,
            addresses.pid
        );
    }
    let start = Instant::now();
    println!("building the services …");
    portal::build()?;
    let programs = build::services(arguments.release)?;
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let options = Options {
        home: Some(home()),
        programs,
        seeds: workspace().join("seeds"),
        postgres_url: given("CAST_DATABASE_URL"),
        nats_url: given("CAST_NATS_URL"),
        replicas: usize::from(arguments.replicas),
        people: (!arguments.empty).then_some(COUNTRY),
        environment: Vec::new(),
        progress: |step| println!("{step} …"),
    };
    let starting = Platform::start(options);
    let platform = tokio::select! {
        platform = starting => platform.map_err(explain)?,
        // Started processes stop by themselves when this process ends.
        () = asked_to_stop() => return Ok(()),
    };
    // Only a convenience for other source trees: a failure is ignored.
    let _ = Addresses::announce(&home());
    let took = start.elapsed().as_secs_f32();
    print_welcome(&platform, took);
    let follower = arguments.logs.then(|| follow(&platform));

    let death = tokio::select! {
        death = platform.death() => Some(death),
        () = asked_to_stop() => None,
    };
    if let Some(follower) = follower {
        follower.abort();
    }
    println!("\nstopping …");
    let stopped = platform.stop().await;
    if let Some(death) = death {
        let how = death.status.map(|status| format!(" ({status})"));
        bail!(
            "{} ended{}. Its last words:\n{}",
            death.name,
            how.unwrap_or_default(),
            death.last_words
        );
    }
    stopped?;
    println!("stopped; the data stays in {}", home().display());
    Ok(())
}

/// Adds advice for data that does not fit the programs, which happens during the development of a release.
fn explain(error: anyhow::Error) -> anyhow::Error {
    if format!("{error:#}").contains("previously applied but has been modified") {
        return error
            .context("the data in .cast was made by other migrations; `./cast reset` removes it");
    }
    error
}

/// Resolves on Ctrl-C, on `kill`, and when the terminal is closed.
async fn asked_to_stop() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

fn print_welcome(platform: &Platform, took: f32) {
    let url = platform.gateway_url();
    println!(
        "\nThe platform is ready ({took:.1} s).

  portal        {url}
  API           {url}/api        document {url}/openapi.json
  messages      ./cast mailbox
  what runs     ./cast status
  logs          {}

Demo accounts:
{}
Ctrl-C stops it; the data stays. `./cast reset` removes the data.",
        home().join("log").display(),
        demo_accounts().unwrap_or_else(|error| format!("  {error:#}\n"))
    );
}

/// The demo accounts of the seeds.
fn demo_accounts() -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Account {
        phone: String,
        password: String,
        name: String,
        grants: String,
    }
    let file = workspace().join("seeds/demo-accounts.csv");
    let mut reader =
        csv::Reader::from_path(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut text = String::new();
    for account in reader.deserialize() {
        let account: Account = account.with_context(|| format!("{} is damaged", file.display()))?;
        let role = match account.grants.as_str() {
            "" => "scientist",
            grants => grants,
        };
        let Account {
            phone,
            password,
            name,
            ..
        } = &account;
        text.push_str(&format!("  {phone}  {password}  {name}  {role}\n"));
    }
    Ok(text)
}

/// Prints new lines of the services' logs.
fn follow(platform: &Platform) -> tokio::task::JoinHandle<()> {
    let logs: BTreeMap<Service, PathBuf> = Service::ALL
        .into_iter()
        .map(|service| (service, platform.log(service)))
        .collect();
    tokio::task::spawn_blocking(move || {
        let mut read_to: BTreeMap<Service, u64> = BTreeMap::new();
        loop {
            for (service, log) in &logs {
                let from = read_to.entry(*service).or_default();
                // An unreadable log is tried again in a moment.
                let Ok(text) = read_from(log, *from) else {
                    continue;
                };
                // An incomplete line waits for its end.
                let whole = text.rfind('\n').map_or(0, |end| end + 1);
                for line in text[..whole].lines() {
                    println!("{service:>10} │ {line}");
                }
                *from += whole as u64;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    })
}

fn read_from(log: &PathBuf, position: u64) -> Result<String> {
    let mut file = std::fs::File::open(log)?;
    file.seek(SeekFrom::Start(position))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).context("cannot read a log")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
