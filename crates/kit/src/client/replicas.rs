//! The replicas of a service: looked up by name, again while calls are made.

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

/// How long an answer of the name server is believed. A new replica gets its share after that, at the latest.
pub(super) const BELIEVED: Duration = Duration::from_secs(2);

/// A name server that takes longer does not answer.
const LOOKUP: Duration = Duration::from_secs(3);

/// Answers who is behind a name and a port.
pub(super) type NameServer = Box<dyn Fn(String, u16) -> Answer + Send + Sync>;

pub(super) type Answer = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// The replicas behind some addresses.
pub(super) struct Replicas {
    pub(super) urls: Vec<Url>,
    names: NameServer,
    known: Mutex<Known>,
    /// The name server is being asked already.
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

impl Replicas {
    /// Nothing is known of them yet.
    pub(super) fn new(urls: &[Url], names: NameServer) -> Self {
        Self {
            urls: urls.to_vec(),
            names,
            known: Mutex::default(),
            looking: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
        }
    }

    /// Takes the best of those that are left: reachable as far as known, with the fewest calls under way.
    pub(super) fn next<'r>(&self, left: &mut Vec<&'r Arc<Replica>>) -> Option<&'r Arc<Replica>> {
        let count = left.len().max(1);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        let best = (0..left.len())
            .map(|at| (at + turn) % count)
            .min_by_key(|at| (left[*at].is_avoided(), left[*at].under_way()))?;
        Some(left.swap_remove(best))
    }

    /// Those that are known; looked up first if that was never done, and beside the call if it was some time ago.
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
pub(super) fn unavailable(why: &'static str) -> BoxError {
    Box::new(Status::unavailable(why))
}
