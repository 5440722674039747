//! Test fixtures: real PostgreSQL databases, real NATS servers, services behind their real layers.
//!
//! Nothing here returns an error: without its servers a test is meaningless, so it panics with the reason.
#![allow(clippy::disallowed_methods, reason = "a tool of development: tests")]
#![allow(clippy::expect_used, clippy::panic)]

mod database;
mod proxy;
mod stage;
pub mod two_worlds;

use std::path::{Path, PathBuf};

pub use database::{Database, database};
pub use platform::install::apt_install;
pub use platform::mailbox::Message;
pub use platform::{Nats, Platform, Postgres, ReplicaAddresses, Scratch, Service, free_port};
pub use proxy::Proxy;
pub use stage::{ISSUER, Signing, Stage, as_, serve};

/// A NATS server with JetStream for a single test, to stop, start and wipe. It ends when the value is dropped.
pub async fn nats() -> Nats {
    Nats::throwaway()
        .await
        .expect("a private NATS server starts")
}

/// A PostgreSQL server for a single test, to stop, kill and restart. It ends when the value is dropped. For tests that
/// do not disturb the server, [`database`] is much quicker.
pub async fn private_postgres() -> Postgres {
    Postgres::throwaway()
        .await
        .expect("a private PostgreSQL server starts")
}

/// The same with its data in this directory, which the test owns.
pub async fn postgres_in(directory: &Path) -> Postgres {
    Postgres::start(directory, None, platform::Keeping::Throwaway)
        .await
        .expect("a private PostgreSQL server starts")
}

/// A whole platform for a single test, on free ports, with the repository's seeds, to call through the gateway and to
/// kill and stop in parts. It ends when the value is dropped.
///
/// The programs of the services must have been built: `cargo build --bins -p identity -p membership …`.
pub async fn platform() -> Platform {
    platform_with(&[]).await
}

/// The same with further environment variables for every service, for example `("CAST_LOG", "debug")`.
pub async fn platform_with(environment: &[(&str, &str)]) -> Platform {
    replicated_platform(1, environment).await
}

/// The same with this number of processes per service, the gateway too.
pub async fn replicated_platform(replicas: usize, environment: &[(&str, &str)]) -> Platform {
    start(None, None, None, replicas, environment).await
}

/// The same on servers that the test owns, at these addresses, which may be those of a [`Proxy`].
pub async fn platform_on(
    postgres_url: String,
    nats_url: String,
    replicas: usize,
    environment: &[(&str, &str)],
) -> Platform {
    start(
        None,
        Some(postgres_url),
        Some(nats_url),
        replicas,
        environment,
    )
    .await
}

/// A whole platform on this directory, with the secrets in it, and on this PostgreSQL server, with the databases in it.
/// Both stay when the value is dropped.
pub async fn platform_in(home: &Path, postgres_url: String) -> Platform {
    start(Some(home.to_owned()), Some(postgres_url), None, 1, &[]).await
}

/// The program of a service, beside this one.
pub fn program(service: Service) -> PathBuf {
    programs().join(service.name())
}

async fn start(
    home: Option<PathBuf>,
    postgres_url: Option<String>,
    nats_url: Option<String>,
    replicas: usize,
    environment: &[(&str, &str)],
) -> Platform {
    let options = platform::Options {
        home,
        programs: programs(),
        seeds: platform::workspace().join("seeds"),
        postgres_url,
        nats_url,
        replicas,
        people: None,
        environment: environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        progress: |_| (),
    };
    Platform::start(options)
        .await
        .unwrap_or_else(|error| panic!("a private platform does not start: {error:#}"))
}

/// The directory of Cargo's programs: a test program is in `deps` below it.
fn programs() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    let directory = program.parent().expect("a program lies in a directory");
    match directory.file_name() {
        Some(name) if name == "deps" => directory.parent().unwrap_or(directory).to_owned(),
        _ => directory.to_owned(),
    }
}
