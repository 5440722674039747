//! The program of a service: `serve`, `migrate`, `seed`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Chassis, Listeners, Service, migrations, serve};
use crate::{
    clock::Clock,
    config::{self, Settings},
    db, telemetry,
};

#[derive(Debug, Parser)]
struct Arguments {
    /// A TOML file with settings, overridden by environment variables (CAST_*).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves calls until SIGTERM or SIGINT.
    Serve,
    /// Migrates the database.
    Migrate,
    /// Loads reference and demo data.
    Seed {
        /// The folder with the data.
        #[arg(long)]
        seeds: PathBuf,
        /// Loads this many synthetic people and their activity instead. Refused in production.
        #[arg(long)]
        scale: Option<u64>,
    },
}

/// The `main` of a service.
pub fn run<T: Service>() -> ExitCode {
    let matches = Arguments::command()
        .name(T::NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let outcome = config::load::<T::Settings>(arguments.config.as_deref())
        .map_err(anyhow::Error::from)
        .and_then(|(settings, own)| start::<T>(arguments.command, settings, own));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", T::NAME);
            ExitCode::FAILURE
        }
    }
}

fn start<T: Service>(command: Command, settings: Settings, own: T::Settings) -> anyhow::Result<()> {
    install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let telemetry = telemetry::init(T::NAME, &settings)?;
        let outcome = command_of::<T>(command, settings, own, &telemetry).await;
        telemetry.shutdown();
        outcome
    })
}

async fn command_of<T: Service>(
    command: Command,
    settings: Settings,
    own: T::Settings,
    telemetry: &telemetry::Telemetry,
) -> anyhow::Result<()> {
    if let Command::Migrate = command {
        let pool = db::log_pool(settings.database_url()?, T::NAME)?;
        migrations::migrate(&pool, &T::migrator()).await?;
        tracing::info!(service = T::NAME, "the database is up to date");
        pool.close().await;
        return Ok(());
    }
    let (listen, admin) = (settings.listen, settings.admin_listen);
    let chassis = Chassis::connect::<T>(settings, own, Clock::system()).await?;
    let pending = migrations::pending(chassis.db.pool(), &T::migrator()).await?;
    anyhow::ensure!(
        pending == 0,
        "{pending} migrations are to be applied: run `{} migrate` first",
        T::NAME
    );
    match command {
        Command::Serve => {
            let listeners = Listeners {
                grpc: TcpListener::bind(listen)
                    .await
                    .with_context(|| format!("CAST_LISTEN {listen}"))?,
                admin: TcpListener::bind(admin)
                    .await
                    .with_context(|| format!("CAST_ADMIN_LISTEN {admin}"))?,
            };
            let stop = CancellationToken::new();
            tokio::spawn(serve::until_signal(stop.clone()));
            serve::serve::<T>(chassis, listeners, telemetry.registry().clone(), stop).await
        }
        Command::Seed { seeds, scale } => {
            match scale {
                None => T::seed(&chassis, &seeds).await,
                Some(_) if chassis.settings.is_production() => {
                    Err(anyhow::anyhow!("made-up people are refused in production"))
                }
                Some(scale) => T::populate(&chassis, &seeds, scale).await,
            }
            .with_context(|| format!("seeding from {}", seeds.display()))?;
            tracing::info!(service = T::NAME, "seeded");
            Ok(())
        }
        Command::Migrate => Ok(()),
    }
}

/// Selects the TLS cryptography provider of the process. Idempotent.
pub fn install_crypto() {
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
