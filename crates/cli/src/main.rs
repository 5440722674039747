//! `cast`: runs, tests and measures the platform on one machine.
#![allow(
    clippy::disallowed_methods,
    reason = "a tool of development: it measures and makes things up"
)]
#![allow(
    clippy::print_stdout,
    reason = "a command-line program speaks on standard output"
)]

mod mailbox;
mod replay;
mod reset;
mod seed;
mod status;
mod store;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use platform::Service;

/// The online CAST platform (网上科协) on one machine.
#[derive(Parser)]
#[command(name = "cast", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build and start the whole platform; Ctrl-C stops it, the data is kept
    Up(up::Arguments),
    /// Show what is running and where
    Status,
    /// Print the messages that development stores instead of sending
    Mailbox {
        /// Only those to this mail address or phone number
        address: Option<String>,
    },
    /// Play the main journey through the public API of the running platform
    Journey(journey::Arguments),
    /// Print the OpenAPI document of the public API
    Openapi,
    /// Apply quarantined events again, after the cause has been fixed
    Replay {
        /// Only the events of this service
        #[arg(long, value_parser = service)]
        source: Option<Service>,
    },
    /// Record PostgreSQL's description of every query, so that the code compiles without a database
    Queries,
    /// Fill the running platform with synthetic people and their activity
    Seed(seed::Arguments),
    /// Let the running platform live: people sign up, apply, register and check in, through the public API
    Simulate(simulate::Arguments),
    /// Keep the databases of this version in tests/stored, for the test that later versions can use them
    Store(store::Arguments),
    /// Measure the performance of the platform and write docs/benchmarks.md
    Bench(bench::Arguments),
    /// Renew the baseline of the contract, against which breaking changes are detected
    Baseline,
    /// Remove the data of the stopped platform: databases, streams, messages, secrets
    Reset,
    /// Check everything: format, lints, tests, contract, the platform from outside
    Test(checks::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Up(arguments) => up::run(arguments).await,
        Command::Status => status::run().await,
        Command::Mailbox { address } => mailbox::run(address.as_deref()),
        Command::Journey(arguments) => journey::run(arguments).await,
        Command::Openapi => checks::openapi::run().await,
        Command::Replay { source } => replay::run(source).await,
        Command::Queries => checks::queries::record::run().await,
        Command::Seed(arguments) => seed::run(arguments).await,
        Command::Simulate(arguments) => simulate::run(arguments).await,
        Command::Store(arguments) => store::run(arguments).await,
        Command::Bench(arguments) => bench::run(arguments).await,
        Command::Baseline => checks::baseline::renew(),
        Command::Reset => reset::run(),
        Command::Test(arguments) => checks::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cast: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn service(name: &str) -> Result<Service, String> {
    Service::named(name).ok_or_else(|| {
        let names: Vec<&str> = Service::ALL.map(Service::name).to_vec();
        format!("one of {}", names.join(", "))
    })
}
