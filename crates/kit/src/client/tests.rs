//! Replicas that appear, disappear, hang and break in the middle.
#![allow(clippy::unwrap_used)]
use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use proto_identity::v1::{
    CreateGrantRequest, ResolveSessionRequest, grants_client::GrantsClient,
    sessions_client::SessionsClient,
};
use tokio::net::TcpListener;
use tonic::{
    Code, Status,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};

use super::{
    call::READ_TIMEOUT,
    replicas::{Answer, BELIEVED},
    *,
};

/// A replica that reports this health status.
async fn replica(says: ServingStatus) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", says).await;
    let server = Server::builder().add_service(health);
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

#[tokio::test]
async fn calls_follow_the_name_to_where_it_leads_now() {
    let before = replica(ServingStatus::Serving).await;
    let after = replica(ServingStatus::NotServing).await;
    let behind = Arc::new(Mutex::new(Ok(vec![before])));
    let known = behind.clone();
    let channel = channel_by(
        &[Url::parse("http://identity:8080").unwrap()],
        &proto::POOL,
        Box::new(move |host, port| {
            assert_eq!((host.as_str(), port), ("identity", 8080));
            let now = known.lock().unwrap().clone();
            Box::pin(async move { now.map_err(|kind: std::io::ErrorKind| kind.into()) })
        }),
    );
    let mut client = HealthClient::new(channel);
    let mut asked = async || {
        let answer = client.check(HealthCheckRequest::default()).await.unwrap();
        answer.into_inner().status()
    };
    use tonic_health::pb::health_check_response::ServingStatus as Says;
    assert_eq!(asked().await, Says::Serving);
    *behind.lock().unwrap() = Ok(vec![after]);
    assert_eq!(asked().await, Says::Serving, "what was said is believed");
    tokio::time::sleep(BELIEVED).await;
    // This call has the name resolved in the background.
    assert_eq!(asked().await, Says::Serving);
    let mut looked_up = false;
    for _ in 0..200 {
        looked_up |= asked().await == Says::NotServing;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(looked_up, "a new replica is heard of");
    // A failed lookup removes no replica.
    *behind.lock().unwrap() = Err(std::io::ErrorKind::NotFound);
    tokio::time::sleep(BELIEVED).await;
    for _ in 0..10 {
        assert_eq!(asked().await, Says::NotServing);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How a replica handles a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conduct {
    /// Responds.
    Answer,
    /// Responds `UNAVAILABLE`.
    Refuse,
    /// Starts to respond; then the connection breaks.
    BreakInTheMiddle,
    /// The connection breaks before there is a response.
    BreakBefore,
    /// The same once; after that it responds.
    BreakOnce,
    /// Hangs, and responds to no probe either.
    Hang,
}

/// A replica below gRPC, which can misbehave as no regular server does.
struct Scripted {
    address: SocketAddr,
    conduct: Arc<Mutex<Conduct>>,
    asked: Arc<AtomicUsize>,
}

impl Scripted {
    async fn new(conduct: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (conduct, asked) = (Arc::new(Mutex::new(conduct)), Arc::<AtomicUsize>::default());
        let (now, count) = (conduct.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, now.clone(), count.clone()));
            }
        });
        Self {
            address,
            conduct,
            asked,
        }
    }

    fn becomes(&self, conduct: Conduct) {
        *self.conduct.lock().unwrap() = conduct;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn serve(
    stream: tokio::net::TcpStream,
    now: Arc<Mutex<Conduct>>,
    asked: Arc<AtomicUsize>,
) -> Option<()> {
    let mut connection = h2::server::handshake(stream).await.ok()?;
    let mut kept = Vec::new();
    while let Some(accepted) = connection.accept().await {
        let (request, mut respond) = accepted.ok()?;
        let conduct = *now.lock().unwrap();
        if request.uri().path() != "/grpc.health.v1.Health/Check" {
            asked.fetch_add(1, Ordering::SeqCst);
        }
        let head = Response::builder().header("content-type", "application/grpc");
        match conduct {
            Conduct::Answer => {
                let mut body = respond.send_response(head.body(()).ok()?, false).ok()?;
                // An empty message, uncompressed, of no bytes.
                body.send_data(bytes::Bytes::from_static(&[0; 5]), false)
                    .ok()?;
                let mut trailers = http::HeaderMap::new();
                trailers.insert("grpc-status", "0".parse().ok()?);
                body.send_trailers(trailers).ok()?;
            }
            Conduct::Refuse => {
                let head = head.header("grpc-status", "14");
                respond.send_response(head.body(()).ok()?, true).ok()?;
            }
            Conduct::BreakInTheMiddle => {
                let body = respond.send_response(head.body(()).ok()?, false).ok()?;
                // The headers are flushed before the connection ends.
                let flushed = std::future::poll_fn(|cx| connection.poll_closed(cx));
                let _ = tokio::time::timeout(Duration::from_millis(50), flushed).await;
                drop(body);
                return None;
            }
            Conduct::BreakBefore => return None,
            Conduct::BreakOnce => {
                *now.lock().unwrap() = Conduct::Answer;
                return None;
            }
            Conduct::Hang => kept.push((request, respond)),
        }
    }
    Some(())
}

/// A channel to these replicas, as if resolved by a name server.
fn to(replicas: &[&Scripted]) -> Channel {
    let addresses: Vec<SocketAddr> = replicas.iter().map(|replica| replica.address).collect();
    let url = Url::parse("http://identity:8080").unwrap();
    let names = move |_, _| -> Answer {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    };
    channel_by(&[url], &proto::POOL, Box::new(names))
}

async fn look_up_session(channel: &Channel) -> Result<(), Status> {
    let mut sessions = SessionsClient::new(channel.clone());
    let request = ResolveSessionRequest::default();
    sessions.resolve_session(request).await.map(|_| ())
}

async fn write(channel: &Channel) -> Result<(), Status> {
    let mut grants = GrantsClient::new(channel.clone());
    let request = CreateGrantRequest::default();
    grants.create_grant(request).await.map(|_| ())
}

/// Several times, so that each replica is tried first.
const TURNS: usize = 6;

#[tokio::test]
async fn a_read_is_answered_by_the_other_replica_wherever_the_first_breaks() {
    for conduct in [
        Conduct::BreakBefore,
        Conduct::BreakInTheMiddle,
        Conduct::Refuse,
    ] {
        let (broken, whole) = (
            Scripted::new(conduct).await,
            Scripted::new(Conduct::Answer).await,
        );
        let channel = to(&[&broken, &whole]);
        for turn in 0..TURNS {
            look_up_session(&channel)
                .await
                .unwrap_or_else(|status| panic!("{conduct:?}, {turn}: {status}"));
        }
        assert!(broken.asked() > 0, "{conduct:?}: the control was asked");
    }
}

/// One is killed while the gateway has not yet noticed that the connection to the other, just replaced, is gone.
#[tokio::test]
async fn a_read_is_answered_also_when_every_replica_breaks_once() {
    let (one, other) = (
        Scripted::new(Conduct::BreakOnce).await,
        Scripted::new(Conduct::BreakOnce).await,
    );
    let channel = to(&[&one, &other]);
    look_up_session(&channel).await.unwrap();
    assert_eq!(one.asked() + other.asked(), 3, "each once, and one again");
}

#[tokio::test]
async fn a_write_that_may_have_begun_is_not_sent_again() {
    for conduct in [Conduct::BreakBefore, Conduct::BreakInTheMiddle] {
        let (broken, whole) = (
            Scripted::new(conduct).await,
            Scripted::new(Conduct::Answer).await,
        );
        let channel = to(&[&broken, &whole]);
        let mut failed = 0;
        for _ in 0..TURNS {
            failed += usize::from(write(&channel).await.is_err());
        }
        assert!(failed > 0, "{conduct:?}");
        assert_eq!(broken.asked(), failed, "{conduct:?}");
        assert_eq!(broken.asked() + whole.asked(), TURNS, "{conduct:?}");
    }
}

#[tokio::test]
async fn a_refusal_is_passed_on_when_every_replica_refuses() {
    let (one, other) = (
        Scripted::new(Conduct::Refuse).await,
        Scripted::new(Conduct::Refuse).await,
    );
    let channel = to(&[&one, &other]);
    let status = look_up_session(&channel).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!((one.asked(), other.asked()), (1, 1), "each once");
}

#[tokio::test]
async fn a_read_does_not_wait_for_a_replica_that_hangs_and_writes_avoid_it() {
    let (hangs, whole) = (
        Scripted::new(Conduct::Hang).await,
        Scripted::new(Conduct::Answer).await,
    );
    let channel = to(&[&hangs, &whole]);
    let start = Instant::now();
    while hangs.asked() == 0 {
        look_up_session(&channel).await.unwrap();
    }
    assert!(start.elapsed() < READ_TIMEOUT, "{:?}", start.elapsed());
    let seen = hangs.asked();
    for _ in 0..TURNS {
        look_up_session(&channel).await.unwrap();
        write(&channel).await.unwrap();
    }
    assert_eq!(hangs.asked(), seen, "it is avoided");
    // It recovers: it responds to a probe and receives calls again.
    hangs.becomes(Conduct::Answer);
    while hangs.asked() == seen {
        look_up_session(&channel).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_call_waits_a_moment_for_a_replica_that_is_being_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = Url::parse(&format!("http://{address}")).unwrap();
    let channel = channel(&[url], &proto::POOL);
    let called = tokio::spawn(async move { write(&channel).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!called.is_finished(), "it is tried again");
    let listener = TcpListener::bind(address).await.unwrap();
    let conduct = Arc::new(Mutex::new(Conduct::Answer));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, conduct.clone(), Arc::default()));
        }
    });
    called.await.unwrap().unwrap();
}
