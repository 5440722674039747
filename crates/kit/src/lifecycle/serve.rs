//! Startup, running and shutdown of a service.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::Context as _;
use eventlog::{
    Consumer, ConsumerStatus, EventLogService, GrpcSource, Handler, Relay, RelaySettings,
    RelayStatus, Role, Source,
};
use futures::FutureExt as _;
use prometheus::Registry;
use proto_eventlog::v1::event_log_server::EventLogServer;
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    Chassis, Service, Worker,
    admin::{self, Part, Probe},
};
use crate::{
    access::copies::{self, Copies},
    client, db,
    server::{Gate, Server},
    telemetry::metrics,
};

/// Grace period of accepted calls.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Timeout of closing the database connections.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The listeners of a service.
#[derive(Debug)]
pub struct Listeners {
    /// Calls.
    pub grpc: TcpListener,
    /// Probes and metrics.
    pub admin: TcpListener,
}

/// The subjects of the probes.
struct Watched {
    relay: watch::Receiver<RelayStatus>,
    consumers: Vec<(String, watch::Receiver<ConsumerStatus>)>,
    workers: Vec<(&'static str, watch::Receiver<bool>)>,
}

/// Serves until `stop`, then accepts no new calls, finishes those in flight, and stops the background workers.
pub async fn serve<T: Service>(
    chassis: Chassis<T::Settings>,
    listeners: Listeners,
    registry: Registry,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let service = T::start(&chassis).await.context("the service's start")?;
    if let Some(source) = service.key_source() {
        chassis.verifier.use_source(source);
    }
    let handlers = handlers(&service);
    hears_as_declared(T::NAME, handlers.iter().map(|(source, _)| *source))?;
    // Background workers run until the last calls have finished, to relay their events.
    let background = CancellationToken::new();
    let mut tasks = JoinSet::new();

    let relay = Relay::new(
        chassis.log_pool.clone(),
        chassis.nats.clone(),
        T::NAME,
        chassis.db.nudge().clone(),
        chassis.settings.seals(),
    )
    .with_settings(RelaySettings {
        replicas: chassis.settings.nats_replicas,
        ..Default::default()
    });
    let mut watched = Watched {
        relay: relay.status(),
        consumers: Vec::new(),
        workers: Vec::new(),
    };
    tasks.spawn(relay.run(background.clone()));
    for (source, handler) in &handlers {
        let consumer = consumer(&chassis, source, handler.clone())?;
        watched
            .consumers
            .push((format!("{source} → {}", handler.name()), consumer.status()));
        tasks.spawn(consumer.run(background.clone()));
    }
    let mut workers = service.workers();
    workers.push(sweeper(&chassis));
    for worker in workers {
        let (alive, status) = watch::channel(true);
        watched.workers.push((worker.name(), status));
        tasks.spawn(worker.supervise(background.clone(), alive));
    }
    metrics::watch_pools(chassis.db.pool(), &chassis.log_pool);

    let server = server(&service, &chassis, handlers).await?;
    let grpc = listeners.grpc.local_addr()?;
    tracing::info!(service = T::NAME, %grpc, admin = %listeners.admin.local_addr()?, "ready to serve");
    let probe = probe(&chassis, Arc::new(watched));
    tasks.spawn(
        admin::serve(
            listeners.admin,
            probe,
            registry,
            stop.clone(),
            background.clone(),
        )
        .map(|ended| {
            ended.unwrap_or_else(|error| tracing::error!(%error, "the admin listener ended"))
        }),
    );

    let served = server.serve(listeners.grpc, stop, DRAIN_TIMEOUT).await;
    background.cancel();
    let rest = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_secs(5), rest)
        .await
        .is_err()
    {
        tracing::warn!("some background loops did not stop in time");
    }
    // A hanging connection must not delay the shutdown.
    for pool in [chassis.db.pool(), &chassis.log_pool] {
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, pool.close()).await;
    }
    tracing::info!(service = T::NAME, "stopped");
    Ok(served?)
}

/// The service's handlers, and the copies of grants and organisations from the services that own them.
fn handlers<T: Service>(service: &T) -> Vec<(&'static str, Arc<dyn Handler>)> {
    let copies: Arc<dyn Handler> = Arc::new(Copies);
    let sources = copies::SOURCES
        .into_iter()
        .filter(|source| *source != T::NAME);
    sources
        .map(|source| (source, copies.clone()))
        .chain(service.handlers())
        .collect()
}

/// `services.toml` says whom a service hears; permissions in NATS and the waiting of tests rely on it. A service that is
/// not there (of a test) may hear any other.
fn hears_as_declared(
    name: &str,
    sources: impl Iterator<Item = &'static str>,
) -> anyhow::Result<()> {
    let Some(service) = suite::Service::named(name) else {
        return Ok(());
    };
    let declared: BTreeSet<_> = service.hears().iter().map(|source| source.name()).collect();
    let heard: BTreeSet<_> = sources.collect();
    anyhow::ensure!(
        heard == declared,
        "services.toml: {name} hears {declared:?}, its handlers hear {heard:?}"
    );
    Ok(())
}

fn consumer<S>(
    chassis: &Chassis<S>,
    source: &'static str,
    handler: Arc<dyn Handler>,
) -> anyhow::Result<Consumer> {
    let channel = client::channel(chassis.settings.peer(source)?, &proto_eventlog::POOL);
    let log: Arc<dyn Source> = Arc::new(GrpcSource::new(channel, chassis.signer.interceptor()));
    Ok(Consumer::new(
        chassis.log_pool.clone(),
        chassis.nats.clone(),
        source,
        log,
        handler,
        chassis.settings.seals(),
    ))
}

fn sweeper<S>(chassis: &Chassis<S>) -> Worker {
    let db = chassis.db.clone();
    Worker::every("kit.idempotency", Duration::from_secs(600), move || {
        let db = db.clone();
        async move {
            let swept = db::sweep(&db).await?;
            tracing::debug!(swept, "old answers forgotten");
            Ok(())
        }
    })
}

async fn server<T: Service>(
    service: &T,
    chassis: &Chassis<T::Settings>,
    handlers: Vec<(&'static str, Arc<dyn Handler>)>,
) -> anyhow::Result<Server> {
    let mut distinct: Vec<Arc<dyn Handler>> = Vec::new();
    for (_, handler) in handlers {
        if distinct.iter().all(|known| known.name() != handler.name()) {
            distinct.push(handler);
        }
    }
    let log = EventLogService::new(chassis.log_pool.clone(), T::NAME, distinct);
    let routes = service.routes();
    let routes = routes
        .described_by(proto_eventlog::DESCRIPTORS)
        .add(EventLogServer::new(log));
    let gate = Gate {
        verifier: chassis.verifier.clone(),
        internal: chassis.signer.clone(),
        db: chassis.db.clone(),
        open_reflection: !chassis.settings.is_production(),
        clock: chassis.clock.clone(),
        keys: chassis.keys.clone(),
    };
    Ok(Server::new(routes, gate).await?)
}

fn probe<S>(chassis: &Chassis<S>, watched: Arc<Watched>) -> Probe {
    let pool = chassis.db.pool().clone();
    Arc::new(move || {
        let (pool, watched) = (pool.clone(), watched.clone());
        async move {
            let ping = async {
                let mut conn = database::acquire(&pool).await?;
                sqlx::query!("select 1 as one").fetch_one(&mut *conn).await
            };
            let answered = tokio::time::timeout(Duration::from_secs(1), ping).await;
            let database = matches!(answered, Ok(Ok(_)));
            let mut parts = vec![Part {
                name: "database".to_owned(),
                ok: database,
                detail: json!({}),
            }];
            parts.extend(watched.parts());
            parts
        }
        .boxed()
    })
}

impl Watched {
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let relay = self.relay.borrow().clone();
        parts.push(Part {
            name: "relay".to_owned(),
            ok: relay.role != Role::Offline,
            detail: json!({ "role": format!("{:?}", relay.role), "head": relay.head, "published": relay.published,
                "outbox": relay.outbox_depth }),
        });
        for (name, status) in &self.consumers {
            let status = status.borrow().clone();
            parts.push(Part {
                name: format!("consumer {name}"),
                ok: status.role != Role::Offline && !status.diverged,
                detail: json!({ "role": format!("{:?}", status.role), "checkpoint": status.checkpoint,
                    "lag": status.lag(), "quarantined": status.quarantined, "live": status.live,
                    "diverged": status.diverged, "source_answers": status.source_answers }),
            });
        }
        for (name, alive) in &self.workers {
            parts.push(Part {
                name: format!("worker {name}"),
                ok: *alive.borrow(),
                detail: json!({}),
            });
        }
        parts
    }
}

/// Cancels `stop` at SIGTERM or SIGINT.
pub async fn until_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return stop.cancel();
        }
    }
    // Without handlers for signals the process can still be killed.
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::hears_as_declared;

    #[test]
    fn a_service_hears_what_it_declares() {
        let hears = |name, sources: &[&'static str]| {
            hears_as_declared(name, sources.iter().copied()).map_err(|error| error.to_string())
        };
        // Two handlers for one source are one source.
        assert_eq!(
            hears("events", &["identity", "membership", "identity"]),
            Ok(())
        );
        assert_eq!(hears("of a test", &["anything"]), Ok(()));
        for sources in [&["identity"][..], &["identity", "membership", "cockpit"]] {
            let error = hears("events", sources).unwrap_err();
            assert!(error.starts_with("services.toml: events hears"), "{error}");
        }
    }
}
