//! Channels to the other services, each to all of its replicas.
//!
//! ```ignore
//! let channel = kit::client::channel(settings.peer("identity")?);
//! let client = SignOnClient::with_interceptor(channel, chassis.signer.interceptor());
//! ```
//!
//! An HTTP/2 connection carries any number of calls, so a connection is a replica: with one of them, one replica would do all the work
//! and its end would be everybody's. A [`Channel`] therefore keeps a connection to each address it knows and sends a call to where the
//! fewest are under way. See docs/decisions/0007.

mod again;
mod replica;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tonic::{Status, body::Body};
use tower::Service;
use url::Url;

pub use crate::telemetry::propagation::{WithTrace, inject};
use replica::Replica;

/// How long an answer of the name server is believed. A new replica gets its share after that, at the latest.
const BELIEVED: Duration = Duration::from_secs(2);
/// A name server that takes longer does not answer.
const LOOKUP: Duration = Duration::from_secs(3);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A channel to a service: to every replica behind `urls`. The host of each is looked up, all its addresses count, and it is looked up
/// again while calls are made. Connects when it is first used, and again whenever a connection breaks. For the trace to go on, put an
/// interceptor on the client: [`WithTrace`], or [`Internal::interceptor`](crate::access::Internal::interceptor), or call [`inject`].
pub fn channel(urls: &[Url]) -> Channel {
    channel_by(urls, Box::new(|host, port| Box::pin(system(host, port))))
}

/// Answers who is behind a name and a port.
type NameServer = Box<dyn Fn(String, u16) -> Answer + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

async fn system(host: String, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}

fn channel_by(urls: &[Url], names: NameServer) -> Channel {
    Channel(Arc::new(Inner {
        urls: urls.to_vec(),
        names,
        known: Mutex::default(),
        looking: AtomicBool::new(false),
        turn: AtomicUsize::new(0),
    }))
}

/// See [`channel`]. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    urls: Vec<Url>,
    names: NameServer,
    known: Mutex<Known>,
    /// Somebody asks the name server already.
    looking: AtomicBool,
    /// Who is next among equals.
    turn: AtomicUsize,
}

/// The replicas, and when the name server said so.
#[derive(Clone, Default)]
struct Known {
    replicas: Arc<BTreeMap<SocketAddr, Arc<Replica>>>,
    since: Option<Instant>,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Channel").field(&self.0.urls).finish()
    }
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = self.0.clone();
        Box::pin(async move { inner.send(request).await })
    }
}

impl Inner {
    /// Sends a call to a replica; to another one if the first certainly has not begun it, or if doing it twice changes nothing.
    async fn send(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (parts, body) = request.into_parts();
        // No method of the contract takes a stream: a request is one message, and it is here.
        let message = body.collect().await?.to_bytes();
        let safe = again::changes_nothing(parts.uri.path());
        let replicas = self.replicas().await?;
        let mut left: Vec<&Arc<Replica>> = replicas.values().collect();
        loop {
            let Some(replica) = self.next(&mut left) else {
                return Err(unavailable("no replica has an address"));
            };
            let body = Body::new(Full::new(message.clone()));
            let request = Request::from_parts(parts.clone(), body);
            let error = match replica.call(request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let begun = again::may_have_begun(error.as_ref());
            if !begun {
                replica.leave_alone();
                self.doubt();
            }
            tracing::debug!(replica = %replica.address(), begun, left = left.len(), "a call did not get through");
            if left.is_empty() || (begun && !safe) {
                return Err(unavailable(if begun {
                    "the connection broke"
                } else {
                    "not reached"
                }));
            }
        }
    }

    /// Takes the best of those that are left: reachable as far as known, with the fewest calls under way.
    fn next<'r>(&self, left: &mut Vec<&'r Arc<Replica>>) -> Option<&'r Arc<Replica>> {
        let count = left.len().max(1);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        let best = (0..left.len())
            .map(|at| (at + turn) % count)
            .min_by_key(|at| (left[*at].is_left_alone(), left[*at].under_way()))?;
        Some(left.swap_remove(best))
    }

    /// Those that are known; looked up first if nobody has yet, and beside the call if that was some time ago.
    async fn replicas(
        self: &Arc<Self>,
    ) -> Result<Arc<BTreeMap<SocketAddr, Arc<Replica>>>, BoxError> {
        let known = self.known().clone();
        match known.since {
            Some(since) if since.elapsed() < BELIEVED => {}
            Some(_) => {
                if !self.looking.swap(true, Ordering::AcqRel) {
                    let inner = self.clone();
                    tokio::spawn(async move {
                        // What was known is better than nothing.
                        let _ = inner.look_up().await;
                        inner.looking.store(false, Ordering::Release);
                    });
                }
            }
            None => self.look_up().await?,
        }
        Ok(self.known().replicas.clone())
    }

    /// The next call looks the addresses up again.
    fn doubt(&self) {
        let mut known = self.known();
        known.since = known.since.and_then(|since| since.checked_sub(BELIEVED));
    }

    async fn look_up(&self) -> Result<(), BoxError> {
        let mut found = BTreeMap::new();
        for url in &self.urls {
            for address in self.addresses(url).await? {
                found.insert(address, url);
            }
        }
        let mut known = self.known();
        let mut replicas = BTreeMap::new();
        for (address, url) in found {
            let replica = match known.replicas.get(&address) {
                Some(replica) => replica.clone(),
                None => Arc::new(Replica::new(address, url)?),
            };
            replicas.insert(address, replica);
        }
        // Calls that are under way keep the connections of those that are gone until they end.
        *known = Known {
            replicas: Arc::new(replicas),
            since: Some(Instant::now()),
        };
        Ok(())
    }

    /// All addresses of the host of a URL.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, BoxError> {
        let port = url.port_or_known_default().unwrap_or(80);
        let host = match url.host() {
            Some(url::Host::Ipv4(ip)) => return Ok(vec![(ip, port).into()]),
            Some(url::Host::Ipv6(ip)) => return Ok(vec![(ip, port).into()]),
            Some(url::Host::Domain(host)) => host.to_owned(),
            None => return Err(unavailable("an address without a host")),
        };
        match tokio::time::timeout(LOOKUP, (self.names)(host, port)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(_)) | Err(_) => Err(unavailable("the name server knows no address")),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As a status, so that callers see `UNAVAILABLE` and not `UNKNOWN`.
fn unavailable(why: &'static str) -> BoxError {
    Box::new(Status::unavailable(why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::net::TcpListener;
    use tonic::transport::{Server, server::TcpIncoming};
    use tonic_health::{
        ServingStatus,
        pb::{HealthCheckRequest, health_client::HealthClient},
    };

    use super::*;

    /// A replica that says of itself what it is told to say.
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
        // This call has the name looked up, beside itself.
        assert_eq!(asked().await, Says::Serving);
        let mut looked_up = false;
        for _ in 0..200 {
            looked_up |= asked().await == Says::NotServing;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(looked_up, "a new replica is heard of");
        // A name server that knows nothing for a while takes nobody away.
        *behind.lock().unwrap() = Err(std::io::ErrorKind::NotFound);
        tokio::time::sleep(BELIEVED).await;
        for _ in 0..10 {
            assert_eq!(asked().await, Says::NotServing);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
