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
    known: Arc<Mutex<HashMap<String, Arc<Turn<Known>>>>>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Option<(ForeignKeys, OffsetDateTime)>,
    tried_at: Option<OffsetDateTime>,
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
        let turn = self.entry(address);
        // One at a time calls the address; the others find what it has got.
        let mut known = turn.lock().await;
        if let Some((keys, at)) = &known.keys
            && now - *at < FRESH
            && keys.knows(kid)
        {
            return Some(keys.clone());
        }
        if known.tried_at.is_none_or(|at| now - at >= PAUSE) {
            known.tried_at = Some(now);
            let fetched = self.outside.get(address, MOST_BYTES).await;
            match fetched.map(|bytes| ForeignKeys::read(&bytes)) {
                Ok(Ok(keys)) => known.keys = Some((keys, now)),
                Ok(Err(unfit)) => tracing::info!(%unfit, "the keys of a client are of no use"),
                Err(unreachable) => {
                    tracing::info!(%unreachable, "the keys of a client cannot be fetched");
                }
            }
        }
        let usable = known.keys.as_ref().filter(|(_, at)| now - *at < USABLE);
        usable.map(|(keys, _)| keys.clone())
    }

    fn entry(&self, address: &str) -> Arc<Turn<Known>> {
        // Nothing that can panic happens under this lock.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = known.get(address) {
            return Arc::clone(turn);
        }
        if known.len() >= MOST {
            known.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        let turn = Arc::new(Turn::new(Known::default()));
        known.insert(address.to_owned(), Arc::clone(&turn));
        turn
    }
}
