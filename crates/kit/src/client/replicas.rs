//! Calls to a service spread over its replicas. A connection of HTTP/2 lives as long as its process: without this, a client would
//! stay with the replica it met first, and a new replica would be given nothing to do.

use std::{collections::HashSet, future::Future, io, net::SocketAddr, time::Duration};

use futures::future::join_all;
use tokio::{
    net::TcpStream,
    sync::mpsc::Sender,
    time::{sleep, timeout},
};
use tonic::transport::{Channel, Endpoint, Error, channel::Change};

/// How often a name is looked up again, and each replica knocked at.
pub(super) const REFRESH: Duration = Duration::from_secs(2);
/// What takes longer than this to look up or to answer a knock does not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Changes that may wait to be taken in.
const CHANGES: usize = 64;

/// An address, or none for the name itself.
type Place = Option<SocketAddr>;

/// A channel over the addresses that `resolve` gives and that can be connected to. While there are none it leads to `by_name`, so that
/// calls are refused at once instead of waiting.
pub(super) fn spread<R, F, E>(resolve: R, by_name: Endpoint, one: E, refresh: Duration) -> Channel
where
    R: Fn() -> F + Send + 'static,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    E: Fn(SocketAddr) -> Result<Endpoint, Error> + Send + 'static,
{
    let (channel, changes) = Channel::balance_channel(CHANGES);
    let endpoint = move |place: Place| place.map_or_else(|| Ok(by_name.clone()), &one);
    tokio::spawn(follow(resolve, endpoint, changes, refresh));
    channel
}

/// Goes on until nobody has the channel any more.
async fn follow<R, F, E>(
    resolve: R,
    endpoint: E,
    changes: Sender<Change<Place, Endpoint>>,
    refresh: Duration,
) where
    R: Fn() -> F,
    F: Future<Output = io::Result<Vec<SocketAddr>>>,
    E: Fn(Place) -> Result<Endpoint, Error>,
{
    let mut known: HashSet<Place> = HashSet::new();
    loop {
        let candidates = match timeout(PATIENCE, resolve()).await {
            Ok(Ok(addresses)) => addresses,
            // Names that cannot be looked up for a while are no reason to let go of what answers.
            Ok(Err(_)) | Err(_) => known.iter().copied().flatten().collect(),
        };
        let mut wanted = answering(candidates).await;
        if wanted.is_empty() {
            wanted.insert(None);
        }
        // What is new first: there is always something to call.
        for place in wanted.difference(&known) {
            if let Ok(endpoint) = endpoint(*place) {
                let _ = changes.send(Change::Insert(*place, endpoint)).await;
            }
        }
        for place in known.difference(&wanted) {
            let _ = changes.send(Change::Remove(*place)).await;
        }
        known = wanted;
        tokio::select! {
            () = sleep(refresh) => {}
            () = changes.closed() => return,
        }
    }
}

/// Those that accept a connection.
async fn answering(addresses: Vec<SocketAddr>) -> HashSet<Place> {
    let knocks = addresses.into_iter().map(|address| async move {
        let knock = timeout(PATIENCE, TcpStream::connect(address)).await;
        matches!(knock, Ok(Ok(_))).then_some(Some(address))
    });
    join_all(knocks).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
    };

    use tokio::{net::TcpListener, task::JoinHandle, time::Instant};
    use tonic::{Code, Status, transport::server::TcpIncoming};
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

    use super::*;

    const REFRESH: Duration = Duration::from_millis(20);

    /// A server that knows the service `name` alone, so that an answer tells which one it was.
    async fn server(name: &'static str) -> (SocketAddr, JoinHandle<()>) {
        let (reporter, health) = tonic_health::server::health_reporter();
        let serving = tonic_health::ServingStatus::Serving;
        reporter.set_service_status(name, serving).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder().add_service(health);
        let task = tokio::spawn(async move {
            server
                .serve_with_incoming(TcpIncoming::from(listener))
                .await
                .unwrap();
        });
        (address, task)
    }

    struct World {
        addresses: Arc<Mutex<io::Result<Vec<SocketAddr>>>>,
        channel: Channel,
    }

    impl World {
        fn new(addresses: Vec<SocketAddr>) -> Self {
            let addresses: Arc<Mutex<io::Result<Vec<SocketAddr>>>> =
                Arc::new(Mutex::new(Ok(addresses)));
            let resolve = {
                let addresses = addresses.clone();
                move || {
                    let found = match &*addresses.lock().unwrap() {
                        Ok(found) => Ok(found.clone()),
                        Err(error) => Err(io::Error::from(error.kind())),
                    };
                    async move { found }
                }
            };
            let by_name = Endpoint::from_static("http://127.0.0.1:1");
            let one = |address: SocketAddr| Endpoint::from_shared(format!("http://{address}"));
            Self {
                addresses,
                channel: spread(resolve, by_name, one, REFRESH),
            }
        }

        fn resolves_to(&self, addresses: io::Result<Vec<SocketAddr>>) {
            *self.addresses.lock().unwrap() = addresses;
        }

        /// Whether the replica that answers is `a`.
        async fn is_a(&self) -> Result<bool, Status> {
            let service = "a".to_owned();
            let mut client = HealthClient::new(self.channel.clone());
            match client.check(HealthCheckRequest { service }).await {
                Ok(_) => Ok(true),
                Err(status) if status.code() == Code::NotFound => Ok(false),
                Err(status) => Err(status),
            }
        }

        /// How many of 100 calls each answers.
        async fn hundred(&self) -> BTreeMap<bool, usize> {
            let mut answers = BTreeMap::new();
            for _ in 0..100 {
                *answers.entry(self.is_a().await.unwrap()).or_default() += 1;
            }
            answers
        }

        async fn until(&self, what: &str, wanted: &[bool]) {
            let begin = Instant::now();
            while self.hundred().await.into_keys().collect::<Vec<_>>() != wanted {
                assert!(begin.elapsed() < Duration::from_secs(20), "{what}");
                sleep(REFRESH).await;
            }
        }
    }

    #[tokio::test]
    async fn calls_are_spread_over_replicas_as_they_come_and_go() {
        let (a, _a) = server("a").await;
        let (b, _b) = server("b").await;
        let world = World::new(vec![a]);
        assert!(world.is_a().await.unwrap());

        world.resolves_to(Ok(vec![a, b]));
        world
            .until("the new replica is called", &[false, true])
            .await;

        world.resolves_to(Ok(vec![b]));
        world.until("the old one is left out", &[false]).await;

        world.resolves_to(Err(io::ErrorKind::TimedOut.into()));
        sleep(REFRESH * 5).await;
        assert_eq!(world.hundred().await, BTreeMap::from([(false, 100)]));
    }

    #[tokio::test]
    async fn a_replica_that_is_gone_while_its_name_still_stands_is_left_out() {
        let (a, _a) = server("a").await;
        let (b, gone) = server("b").await;
        let world = World::new(vec![a, b]);
        world.until("both are called", &[false, true]).await;

        gone.abort();
        let _ = gone.await;
        // Calls on its connection may fail until it is noticed.
        let begin = Instant::now();
        let mut in_a_row = 0;
        while in_a_row < 100 {
            assert!(begin.elapsed() < Duration::from_secs(20), "it is noticed");
            in_a_row = match world.is_a().await {
                Ok(true) => in_a_row + 1,
                _ => 0,
            };
        }
        assert_eq!(world.hundred().await, BTreeMap::from([(true, 100)]));
    }

    #[tokio::test]
    async fn without_replicas_a_call_is_refused_at_once() {
        let world = World::new(Vec::new());
        let answer = timeout(Duration::from_secs(10), world.is_a())
            .await
            .unwrap();
        assert_eq!(answer.unwrap_err().code(), Code::Unavailable);

        let (a, _a) = server("a").await;
        world.resolves_to(Ok(vec![a]));
        let begin = Instant::now();
        while !matches!(world.is_a().await, Ok(true)) {
            assert!(begin.elapsed() < Duration::from_secs(20), "it is found");
            sleep(REFRESH).await;
        }
    }

    #[tokio::test]
    async fn nobody_looks_after_a_channel_that_nobody_has() {
        let looked = Arc::new(Mutex::new(0));
        let count = looked.clone();
        let resolve = move || {
            *count.lock().unwrap() += 1;
            async { Ok(Vec::new()) }
        };
        let by_name = Endpoint::from_static("http://127.0.0.1:1");
        let one = |address: SocketAddr| Endpoint::from_shared(format!("http://{address}"));
        drop(spread(resolve, by_name, one, REFRESH));
        sleep(REFRESH * 10).await;
        let after = *looked.lock().unwrap();
        sleep(REFRESH * 10).await;
        assert_eq!(*looked.lock().unwrap(), after);
    }
}
