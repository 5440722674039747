//! The program of a service: `serve`, `migrate`, `seed`, `keys`.

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
    /// Loads reference data.
    Seed {
        /// The folder with the data.
        #[arg(long)]
        seeds: PathBuf,
    },
    /// Changes the keys that the service signs with. Running replicas follow within a minute.
    Keys {
        #[command(subcommand)]
        change: KeyChange,
    },
}

/// What an operator can do to the keys that a service signs with.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyChange {
    /// Makes a key that is published now and signs when all who verify have seen it.
    Rotate,
    /// Refuses from now on what a key has signed. If it signs now, the next key takes its place: rotate first.
    Retire {
        /// The id of the key.
        kid: String,
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
    within::<T>(settings, async |settings, telemetry| match command {
        Command::Serve => serve_until_signal::<T>(settings, own, telemetry).await,
        Command::Migrate => migrate::<T>(&settings).await,
        Command::Seed { seeds } => {
            let chassis = connect::<T>(settings, own).await?;
            T::seed(&chassis, &seeds)
                .await
                .with_context(|| format!("seeding from {}", seeds.display()))?;
            tracing::info!(service = T::NAME, "seeded");
            Ok(())
        }
        Command::Keys { change } => {
            let chassis = connect::<T>(settings, own).await?;
            T::change_keys(&chassis, &change).await
        }
    })
}

/// Runs the work of a program with cryptography, a runtime and telemetry.
pub(super) fn within<T: Service>(
    settings: Settings,
    work: impl AsyncFnOnce(Settings, &telemetry::Telemetry) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let telemetry = telemetry::init(T::NAME, &settings)?;
        let outcome = work(settings, &telemetry).await;
        telemetry.shutdown();
        outcome
    })
}

/// Connects to everything. The database must be up to date.
pub(super) async fn connect<T: Service>(
    settings: Settings,
    own: T::Settings,
) -> anyhow::Result<Chassis<T::Settings>> {
    let chassis = Chassis::connect::<T>(settings, own, Clock::system()).await?;
    let pending = migrations::pending(chassis.db.pool(), &T::schemas(), &T::migrator()).await?;
    anyhow::ensure!(
        pending == 0,
        "{pending} migrations are to be applied: run `{} migrate` first",
        T::NAME
    );
    Ok(chassis)
}

async fn migrate<T: Service>(settings: &Settings) -> anyhow::Result<()> {
    let pool = db::log_pool(settings.database_url()?, T::NAME)?;
    migrations::migrate_service::<T>(&pool).await?;
    tracing::info!(service = T::NAME, "the database is up to date");
    pool.close().await;
    Ok(())
}

async fn serve_until_signal<T: Service>(
    settings: Settings,
    own: T::Settings,
    telemetry: &telemetry::Telemetry,
) -> anyhow::Result<()> {
    let (listen, admin) = (settings.listen, settings.admin_listen);
    let chassis = connect::<T>(settings, own).await?;
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

/// Selects the TLS cryptography provider of the process. Idempotent.
pub fn install_crypto() {
    // Fails only if a provider is already installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
