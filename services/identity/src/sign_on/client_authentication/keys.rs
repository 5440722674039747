//! The public keys of clients that publish them at an address of theirs. Fetched when a token names a key that is not known, and kept in
//! memory: a client that is away for a while still proves itself, and no visitor makes the platform call it more than now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kit::outside::Outside;
use signing::ForeignKeys;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex as Turn;

/// Keys are fetched again at this age, so that a withdrawn one is dropped.
const FRESH: Duration = Duration::minutes(10);
/// If they cannot be fetched, they serve until then.
const USABLE: Duration = Duration::hours(1);
/// An address is called so often at most.
const PAUSE: Duration = Duration::seconds(30);
/// A set of keys is not longer.
const MOST_BYTES: usize = 64 * 1024;
/// Addresses remembered at most; then those that no request waits for are forgotten.
const MOST: usize = 10_000;

/// Keys by their address. Cheap to clone; clones share what is known.
#[derive(Clone, Debug)]
pub struct ClientKeys {
    outside: Outside,
    known: Arc<Mutex<HashMap<String, Arc<Known>>>>,
}

#[derive(Debug, Default)]
struct Known {
    /// With the time at which they were fetched. Who finds the wanted key here does not wait for those who fetch.
    keys: Mutex<Option<(ForeignKeys, OffsetDateTime)>>,
    /// When the address was called last; held while it is called.
    tried_at: Turn<Option<OffsetDateTime>>,
}

impl Known {
    /// The keys, if they are not older than this.
    fn younger(&self, age: Duration, now: OffsetDateTime) -> Option<ForeignKeys> {
        // Nothing that can panic happens under this lock.
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let young = keys.as_ref().filter(|(_, at)| now - *at < age);
        young.map(|(keys, _)| keys.clone())
    }

    fn keep(&self, keys: ForeignKeys, now: OffsetDateTime) {
        let mut kept = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((keys, now));
    }
}

impl ClientKeys {
    /// Keys that are fetched by this way.
    pub fn new(outside: Outside) -> Self {
        Self {
            outside,
            known: Arc::default(),
        }
    }

    /// The keys at this address. `kid`: the one that is wanted; if it is not among those that are known, they are fetched again.
    pub async fn of(
        &self,
        address: &str,
        kid: Option<&str>,
        now: OffsetDateTime,
    ) -> Option<ForeignKeys> {
        let known = self.entry(address);
        let wanted = || known.younger(FRESH, now).filter(|keys| keys.knows(kid));
        if let Some(keys) = wanted() {
            return Some(keys);
        }
        // One at a time calls the address; the others find what it has got.
        let mut tried_at = known.tried_at.lock().await;
        if let Some(keys) = wanted() {
            return Some(keys);
        }
        if tried_at.is_none_or(|at| now - at >= PAUSE) {
            *tried_at = Some(now);
            let fetched = self.outside.get(address, MOST_BYTES).await;
            match fetched.map(|bytes| ForeignKeys::read(&bytes)) {
                Ok(Ok(keys)) => known.keep(keys, now),
                Ok(Err(unfit)) => tracing::info!(%unfit, "the keys of a client are of no use"),
                Err(unreachable) => {
                    tracing::info!(%unreachable, "the keys of a client cannot be fetched");
                }
            }
        }
        known.younger(USABLE, now)
    }

    fn entry(&self, address: &str) -> Arc<Known> {
        // Nothing that can panic happens under this lock.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = known.get(address) {
            return Arc::clone(one);
        }
        if known.len() >= MOST {
            known.retain(|_, one| Arc::strong_count(one) > 1);
        }
        let one = Arc::<Known>::default();
        known.insert(address.to_owned(), Arc::clone(&one));
        one
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        time::{Duration as Wait, timeout},
    };

    use super::*;

    const KEYS: &str = r#"{"keys":[{"kid":"one","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    /// Answers once; the next request finds a site that says nothing.
    async fn site() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut first, _) = listener.accept().await.unwrap();
            let _ = first.read(&mut [0; 4096]).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                KEYS.len()
            );
            first.write_all(head.as_bytes()).await.unwrap();
            first.write_all(KEYS.as_bytes()).await.unwrap();
            drop(first);
            let mut silent = Vec::new();
            while let Ok((one, _)) = listener.accept().await {
                silent.push(one);
            }
        });
        address
    }

    #[tokio::test]
    async fn who_names_a_strange_key_keeps_no_other_waiting() {
        kit::lifecycle::install_crypto();
        let keys = ClientKeys::new(Outside::new(true).unwrap());
        let address = site().await;
        let now = datetime!(2026-11-30 08:00 UTC);
        assert!(keys.of(&address, Some("one"), now).await.is_some());
        let later = now + PAUSE;
        let stranger = tokio::spawn({
            let (keys, address) = (keys.clone(), address.clone());
            async move { keys.of(&address, Some("strange"), later).await }
        });
        let quick = Wait::from_millis(200);
        tokio::time::sleep(quick).await;
        assert!(!stranger.is_finished(), "the site hangs");
        let known = timeout(quick, keys.of(&address, Some("one"), later)).await;
        assert!(known.unwrap().is_some());
        stranger.abort();
    }
}
