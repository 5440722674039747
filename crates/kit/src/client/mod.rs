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
mod call;
mod replica;
#[cfg(test)]
mod tests;

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
use tonic::{Status, body::Body};
use tower::Service;
use url::Url;

pub use crate::telemetry::propagation::{WithTrace, inject};
use call::Call;
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
        Box::pin(async move { Call::of(request).await?.send(&inner).await })
    }
}

impl Inner {
    /// Takes the best of those that are left: reachable as far as known, with the fewest calls under way.
    fn next<'r>(&self, left: &mut Vec<&'r Arc<Replica>>) -> Option<&'r Arc<Replica>> {
        let count = left.len().max(1);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        let best = (0..left.len())
            .map(|at| (at + turn) % count)
            .min_by_key(|at| (left[*at].is_avoided(), left[*at].under_way()))?;
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
