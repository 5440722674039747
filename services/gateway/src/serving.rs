//! Startup and shutdown of the gateway.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::body::Bytes;
use clap::{Parser, Subcommand};
use futures::FutureExt as _;
use kit::{
    access::Internal,
    client::{self, Channel},
    clock::Clock,
    config,
    lifecycle::{
        admin::{self, Part},
        install_crypto, until_signal,
    },
    telemetry,
};
use proto::cast::identity::v1::{GetKeySetRequest, sign_on_client::SignOnClient};
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use transcode::{Bindings, Limits as BodyLimits, Transcoder, grpc::Channels};
use url::Url;

use crate::{
    connections,
    document::document,
    gateway::{Gateway, Inside},
    limits::Limits,
    routes::router,
    settings::{Settings, raise_open_files},
    sitemap_cache::SitemapCache,
};

/// Grace period of accepted requests.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, Parser)]
#[command(name = "gateway", version)]
struct Arguments {
    /// A TOML file with settings, overridden by environment variables (CAST_*).
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves requests until SIGTERM or SIGINT.
    Serve,
    /// Prints the OpenAPI document.
    Openapi,
}

/// The `main` of the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Serve => run(arguments.config),
        Command::Openapi => print_document(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The URL is that of a development platform; otherwise the document is the same everywhere.
#[allow(clippy::print_stdout)]
fn print_document() -> anyhow::Result<()> {
    let bindings = Bindings::new(&proto::POOL)?;
    println!(
        "{}",
        serde_json::to_string_pretty(&document(&bindings, "http://localhost:8080"))?
    );
    Ok(())
}

fn run(file: Option<PathBuf>) -> anyhow::Result<()> {
    let (settings, own) = config::load::<Settings>(file.as_deref())?;
    install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let telemetry = telemetry::init("gateway", &settings)?;
        let outcome = serve(settings, own, telemetry.registry().clone()).await;
        telemetry.shutdown();
        outcome
    })
}

async fn serve(
    settings: config::Settings,
    own: Settings,
    registry: prometheus::Registry,
) -> anyhow::Result<()> {
    let mut channels = Vec::new();
    for service in suite::Service::callable().map(suite::Service::name) {
        channels.push((
            service,
            client::channel(settings.peer(service)?, &proto::POOL),
        ));
    }
    own.check(settings.is_production())?;
    let gateway = gateway(&settings, own.demonstration, &channels)?;
    let limits = Limits::new(own.requests_per_second);

    let public = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("CAST_LISTEN {}", settings.listen))?;
    let admin_at = settings.admin_listen;
    let admin = TcpListener::bind(admin_at)
        .await
        .with_context(|| format!("CAST_ADMIN_LISTEN {admin_at}"))?;
    tracing::info!(address = %public.local_addr()?, "the gateway is open");

    let (stop, end) = (CancellationToken::new(), CancellationToken::new());
    tokio::spawn(until_signal(stop.clone()));
    let probes = tokio::spawn(admin::serve(
        admin,
        probe(channels, gateway.internal.clone()),
        registry,
        stop.clone(),
        end.clone(),
    ));
    let sweeping = tokio::spawn(sweep(limits.clone(), stop.clone()));
    let connection_limits = own.connection_limits(raise_open_files());
    tracing::info!(
        most = connection_limits.connections,
        "connections at a time"
    );
    let app = router(gateway, limits, &own);
    let serving = connections::serve(public, app, connection_limits, stop.clone());
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        () = serving => {}
        () = too_late => tracing::info!("open streams were closed"),
    }
    end.cancel();
    probes.await??;
    sweeping.await?;
    tracing::info!("the gateway is closed");
    Ok(())
}

fn gateway(
    settings: &config::Settings,
    demonstration: bool,
    channels: &[(&'static str, Channel)],
) -> anyhow::Result<Gateway> {
    let bindings = Bindings::new(&proto::POOL)?;
    let openapi = document(&bindings, &settings.public_url);
    let mut backend = Channels::new();
    for service in proto::POOL.services() {
        let owner = service.full_name().split('.').nth(1).unwrap_or_default();
        if let Some((_, channel)) = channels.iter().find(|(name, _)| *name == owner) {
            backend = backend.service(service.full_name(), channel.clone());
        }
    }
    let identity = channels
        .iter()
        .find(|(name, _)| *name == "identity")
        .context("no channel to identity")?
        .1
        .clone();
    Ok(Gateway::new(Inside {
        issuer: settings.public_url.clone(),
        public_url: Url::parse(&settings.public_url).context("CAST_PUBLIC_URL")?,
        openapi_text: Bytes::from(serde_json::to_vec(&openapi)?),
        openapi,
        transcoder: Transcoder::new(bindings, backend, BodyLimits::default()),
        identity,
        internal: Internal::of("gateway", settings, Clock::system()),
        sitemap: SitemapCache::default(),
        demonstration,
    }))
}

/// The gateway is ready when identity accepts it: without identity there is no sign-in, and a gateway whose internal
/// token is refused (a clock, a secret) would answer every visitor 503. An unavailable other service affects only the
/// requests that need it.
fn probe(channels: Vec<(&'static str, Channel)>, internal: Internal) -> admin::Probe {
    let probed = Arc::new((channels, internal));
    Arc::new(move || {
        let probed = probed.clone();
        async move {
            let (channels, internal) = &*probed;
            let answers = channels.iter().map(|(name, channel)| async move {
                let needed = *name == "identity";
                let asked = timeout(Duration::from_secs(1), async {
                    if needed {
                        let interceptor = internal.interceptor();
                        let mut identity =
                            SignOnClient::with_interceptor(channel.clone(), interceptor);
                        let keys = identity.get_key_set(GetKeySetRequest {}).await;
                        return keys.map(|_| ());
                    }
                    let mut health = HealthClient::new(channel.clone());
                    let health = health.check(HealthCheckRequest::default()).await;
                    health.map(|_| ())
                })
                .await;
                let reached = matches!(asked, Ok(Ok(())));
                Part {
                    name: (*name).to_owned(),
                    ok: reached || !needed,
                    detail: json!({"reached": reached}),
                }
            });
            futures::future::join_all(answers).await
        }
        .boxed()
    })
}

async fn sweep(limits: Limits, stop: CancellationToken) {
    while stop
        .run_until_cancelled(tokio::time::sleep(Duration::from_secs(60)))
        .await
        .is_some()
    {
        limits.sweep();
    }
}
