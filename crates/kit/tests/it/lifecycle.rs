//! A whole service: started, called, stopped.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kit::{
    Chassis, Routes, Service, Worker,
    access::KeySource,
    clock::Clock,
    config::{self, Variables},
    lifecycle::Listeners,
};
use proto_eventlog::v1::{GetHeadRequest, event_log_client::EventLogClient};
use proto_membership::v1::{ListDivisionsRequest, divisions_client::DivisionsClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    methods::{Methods, contract},
    world::{self, ISSUER, Issuer, Published, SECRET, person_claims, with_token},
};

struct Tiny {
    methods: Methods,
    fragile: bool,
}

#[derive(serde::Deserialize)]
struct Own {
    shelf: u32,
    /// Whether the worker panics when it is started for the first time.
    fragile: bool,
}

/// How often the fragile worker was started.
static STARTS: AtomicUsize = AtomicUsize::new(0);

#[async_trait::async_trait]
impl Service for Tiny {
    const NAME: &'static str = "tiny";
    type Settings = Own;

    fn migrator() -> sqlx::migrate::Migrator {
        world::empty_migrator()
    }

    async fn seed(chassis: &Chassis<Own>, _: &Path) -> anyhow::Result<()> {
        anyhow::ensure!(chassis.own.shelf == 7);
        Ok(())
    }

    async fn start(chassis: &Chassis<Own>) -> anyhow::Result<Self> {
        Ok(Self {
            methods: Methods::new(chassis.db.clone(), Uuid::nil()),
            fragile: chassis.own.fragile,
        })
    }

    fn routes(&self) -> Routes {
        Routes::of(proto_membership::DESCRIPTORS).add(contract::divisions(self.methods.clone()))
    }

    fn workers(&self) -> Vec<Worker> {
        let fragile = self.fragile;
        vec![Worker::new(
            "tiny.fragile",
            move |stop: CancellationToken| async move {
                if fragile && STARTS.fetch_add(1, Ordering::SeqCst) == 0 {
                    panic!("a bug in a worker");
                }
                stop.cancelled().await;
                Ok(())
            },
        )]
    }

    fn key_source(&self) -> Option<Arc<dyn KeySource>> {
        Some(Published::of(&[]))
    }
}

struct Running {
    calls: SocketAddr,
    admin: SocketAddr,
    chassis: Chassis<Own>,
    stop: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
    _database: testkit::Database,
    _nats: testkit::Nats,
}

async fn start(fragile: bool) -> Running {
    let (database, nats) = (world::database().await, testkit::nats().await);
    let variables: Variables = [
        ("environment", "development"),
        ("internal_secret", SECRET),
        ("public_url", ISSUER),
        ("database_url", &database.url),
        // The first of the two is unreachable.
        ("nats_url", &format!("nats://127.0.0.1:9, {}", nats.url())),
        ("data_keys", &format!("1:{}", "A".repeat(43) + "=")),
        // Unreachable: a service starts and works without the others.
        ("identity_url", "http://127.0.0.1:9"),
        ("membership_url", "http://127.0.0.1:9"),
        ("shelf", "7"),
        ("fragile", if fragile { "true" } else { "false" }),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect();
    let (settings, own) = config::from::<Own>(None, variables).unwrap();
    let chassis = Chassis::connect::<Tiny>(settings, own, Clock::system())
        .await
        .unwrap();
    let grpc = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (calls, admin_address) = (grpc.local_addr().unwrap(), admin.local_addr().unwrap());
    let stop = CancellationToken::new();
    let listeners = Listeners { grpc, admin };
    let served = tokio::spawn(kit::lifecycle::serve::<Tiny>(
        chassis.clone(),
        listeners,
        prometheus::Registry::new(),
        stop.clone(),
    ));
    Running {
        calls,
        admin: admin_address,
        chassis,
        stop,
        served,
        _database: database,
        _nats: nats,
    }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn ready(running: &Running) -> String {
    for _ in 0..100 {
        let answer = get(running.admin, "/readyz").await;
        if answer.starts_with("HTTP/1.0 200") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not ready: {}", get(running.admin, "/readyz").await);
}

#[tokio::test]
async fn a_service_starts_without_the_others_and_heals_its_workers() {
    let running = start(true).await;
    let answer = ready(&running).await;
    for part in [
        "database",
        "relay",
        "consumer identity → kit.access",
        "consumer membership → kit.access",
        "worker tiny.fragile",
    ] {
        assert!(answer.contains(part), "{part} in {answer}");
    }
    assert_eq!(
        running.chassis.nats.connection_state(),
        async_nats::connection::State::Connected
    );
    assert_eq!(
        STARTS.load(Ordering::SeqCst),
        2,
        "started again after a panic"
    );
    assert!(get(running.admin, "/livez").await.ends_with("ok\n"));
    assert!(
        get(running.admin, "/metrics")
            .await
            .starts_with("HTTP/1.0 200")
    );
    Tiny::seed(&running.chassis, Path::new("/")).await.unwrap();

    let url = format!("http://{}", running.calls).parse().unwrap();
    let channel = kit::client::channel(std::slice::from_ref(&url), &proto::POOL);
    let mut log =
        EventLogClient::with_interceptor(channel.clone(), running.chassis.signer.interceptor());
    assert_eq!(
        log.get_head(GetHeadRequest {})
            .await
            .unwrap()
            .into_inner()
            .head,
        0
    );
    let token = Issuer::new("x").sign(&person_claims(Uuid::now_v7(), &Clock::system()));
    let status = DivisionsClient::new(channel)
        .list_divisions(with_token(ListDivisionsRequest::default(), &token))
        .await;
    assert_eq!(
        world::reason(&status.unwrap_err()),
        "TOKEN_INVALID",
        "the service's own keys are used"
    );
    running.stop.cancel();
    running.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_accepted_call_is_finished_when_the_service_stops() {
    let running = start(false).await;
    ready(&running).await;
    let url = format!("http://{}", running.calls).parse().unwrap();
    let mut client = DivisionsClient::new(kit::client::channel(
        std::slice::from_ref(&url),
        &proto::POOL,
    ));
    // Two seconds of work.
    let slow = tokio::spawn(async move {
        client
            .list_divisions(ListDivisionsRequest {
                parent_code: "020000".to_owned(),
            })
            .await
    });
    // The call has arrived and is at work.
    tokio::time::sleep(Duration::from_millis(500)).await;
    running.stop.cancel();
    let refused = async {
        while TcpStream::connect(running.calls).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), refused)
        .await
        .expect("nothing new is accepted");
    let answer = get(running.admin, "/readyz").await;
    assert!(
        answer.starts_with("HTTP/1.0 503") && answer.contains(r#""stopping":true"#),
        "{answer}"
    );
    assert!(!slow.is_finished());
    slow.await
        .unwrap()
        .expect("the call that was accepted gets its answer");
    tokio::time::timeout(Duration::from_secs(10), running.served)
        .await
        .expect("it stops")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn without_its_database_a_service_is_not_ready_but_alive() {
    let running = start(false).await;
    ready(&running).await;
    running.chassis.db.pool().close().await;
    let answer = get(running.admin, "/readyz").await;
    assert!(
        answer.starts_with("HTTP/1.0 503") && answer.contains(r#""database":{"ok":false"#),
        "{answer}"
    );
    assert!(
        get(running.admin, "/livez")
            .await
            .starts_with("HTTP/1.0 200")
    );
    running.stop.cancel();
    running.served.await.unwrap().unwrap();
}
