//! The replicas of a service, resolved by name, again while calls are made.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tonic::Status;
use url::Url;

use super::replica::{BoxError, Replica};

/// How long a DNS answer is cached. A new replica gets its share of calls after this time at the latest.
pub(super) const BELIEVED: Duration = Duration::from_secs(2);

/// Timeout of a DNS lookup.
const LOOKUP: Duration = Duration::from_secs(3);

/// Resolves a host name and port to addresses.
pub(super) type NameServer = Box<dyn Fn(String, u16) -> Answer + Send + Sync>;

pub(super) type Answer = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The replicas behind some addresses.
pub(super) struct Replicas {
    pub(super) urls: Vec<Url>,
    names: NameServer,
    known: Mutex<Known>,
    /// A lookup is in progress.
    looking: AtomicBool,
    /// Round-robin position among equals.
    turn: AtomicUsize,
}

/// The replicas, and when they were resolved.
#[derive(Clone, Default)]
struct Known {
    replicas: Arc<BTreeMap<SocketAddr, Arc<Replica>>>,
    since: Option<Instant>,
}

impl Replicas {
    /// Without any known replica.
    pub(super) fn new(urls: &[Url], names: NameServer) -> Self {
        Self {
            urls: urls.to_vec(),
            names,
            known: Mutex::default(),
            looking: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
        }
    }

    /// Removes the best of the remaining replicas: available as far as known, with the fewest calls in flight.
    pub(super) fn next<'r>(&self, left: &mut Vec<&'r Arc<Replica>>) -> Option<&'r Arc<Replica>> {
        let count = left.len().max(1);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        let best = (0..left.len())
            .map(|at| (at + turn) % count)
            .min_by_key(|at| (left[*at].is_avoided(), left[*at].under_way()))?;
        Some(left.swap_remove(best))
    }

    /// The known replicas; resolved first if that was never done, and in the background if the answer is stale.
    pub(super) async fn all(
        self: &Arc<Self>,
    ) -> Result<Arc<BTreeMap<SocketAddr, Arc<Replica>>>, BoxError> {
        let known = self.known().clone();
        match known.since {
            Some(since) if since.elapsed() < BELIEVED => {}
            Some(_) => {
                if !self.looking.swap(true, Ordering::AcqRel) {
                    let inner = self.clone();
                    tokio::spawn(async move {
                        // On failure the previous replicas stay in use.
                        let _ = inner.look_up().await;
                        inner.looking.store(false, Ordering::Release);
                    });
                }
            }
            None => self.look_up().await?,
        }
        Ok(self.known().replicas.clone())
    }

    /// Makes the next call resolve the addresses again.
    pub(super) fn doubt(&self) {
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
        // Calls in flight keep the connections of removed replicas until they end.
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

/// As a status, so that callers receive `UNAVAILABLE` and not `UNKNOWN`.
pub(super) fn unavailable(why: &'static str) -> BoxError {
    Box::new(Status::unavailable(why))
}
