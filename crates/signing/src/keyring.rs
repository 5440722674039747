//! The keys of a running service.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context as _;
use kit::{KeyChange, Worker, clock::Clock, crypto::Keys, db::Db};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use crate::{
    jwk::Jwk,
    key::{Key, generate},
    purpose::Purpose,
    rules,
    set::{Invalid, KeySet, SignError},
    store::{NewKey, Store, StoredKey, lock},
};

/// How often a replica reads the keys: much shorter than a new key is visible before it signs.
const REREAD_PERIOD: Duration = Duration::from_secs(30);

/// The keys of one purpose. Cheap to clone; clones share the keys.
#[derive(Clone)]
pub struct Keyring(Arc<Ring>);

struct Ring {
    purpose: &'static Purpose,
    store: Box<dyn Store>,
    db: Db,
    keys: Keys,
    clock: Clock,
    known: RwLock<Arc<KeySet>>,
}

/// A worker that reads the keys again and again, so that this replica sees those that others make and retire.
pub fn worker(name: &'static str, rings: Vec<Keyring>) -> Worker {
    Worker::every(name, REREAD_PERIOD, move || {
        let rings = rings.clone();
        async move {
            for ring in &rings {
                ring.reread().await?;
            }
            Ok(())
        }
    })
}

/// Does what an operator asked for, to all keyrings of a service.
pub async fn change(rings: &[Keyring], change: &KeyChange) -> anyhow::Result<()> {
    match change {
        KeyChange::Rotate => {
            for ring in rings {
                ring.rotate().await?;
            }
        }
        KeyChange::Retire { kid } => {
            let mut known = false;
            for ring in rings {
                known |= ring.retire(kid).await?;
            }
            anyhow::ensure!(known, "there is no key {kid}, or it is retired already");
        }
    }
    Ok(())
}

impl Keyring {
    /// Reads the keys; makes the first one if there is none. Of replicas that start at the same time, one makes it.
    pub async fn load(
        purpose: &'static Purpose,
        store: impl Store,
        db: &Db,
        keys: &Keys,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        let ring = Self(Arc::new(Ring {
            purpose,
            store: Box::new(store),
            db: db.clone(),
            keys: keys.clone(),
            clock: clock.clone(),
            known: RwLock::new(Arc::new(KeySet::new(Vec::new()))),
        }));
        ring.make_first().await?;
        ring.reread().await?;
        Ok(ring)
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        self.known().sign(claims, self.0.clock.now())
    }

    /// A token with these claims and another `typ` than those of the purpose. [`verify`](Self::verify) does not take it.
    pub fn sign_as(&self, typ: &'static str, claims: &impl Serialize) -> Result<String, SignError> {
        self.known().sign_as(typ, claims, self.0.clock.now())
    }

    /// The claims of a token that one of the keys has signed. What they say, e.g. when the token expires, is for the caller to check.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, Invalid> {
        self.known().verify(token)
    }

    /// The public keys, the oldest first.
    pub fn jwks(&self) -> Vec<Jwk> {
        self.known().jwks()
    }

    /// Reads the keys as they stand in the database.
    pub async fn reread(&self) -> anyhow::Result<()> {
        let stored = self.0.store.keys(&mut *self.0.db.read().await?).await?;
        let keys = stored.iter().map(|key| self.open(key));
        let keys = KeySet::new(keys.collect::<anyhow::Result<_>>()?);
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// Makes a key that is published now and signs later, and retires those whose tokens have expired. An error if the newest key
    /// does not sign yet.
    pub async fn rotate(&self) -> anyhow::Result<()> {
        let Ring { purpose, store, .. } = &*self.0;
        let now = self.0.clock.now();
        let key = self.make(now, now + purpose.visible_for).await?;
        let mut tx = self.0.db.begin().await?;
        lock(&mut tx, purpose.name).await?;
        let stored = store.keys(&mut tx).await?;
        rules::rotate(&stored, now)?;
        store.insert(&mut tx, &key).await?;
        let outlived = purpose
            .outlives
            .map(|outlives| rules::outlived(&stored, outlives, now))
            .unwrap_or_default();
        for kid in &outlived {
            store.retire(&mut tx, kid, now).await?;
        }
        tx.commit().await?;
        tracing::info!(
            purpose = purpose.name,
            kid = key.kid,
            signs_from = %key.signs_from,
            retired = ?outlived,
            "a signing key was made and is published"
        );
        self.reread().await
    }

    /// Retires a key, also the one that signs now: the next one takes its place at once. Returns whether this keyring has the key; an
    /// error if it is the only one.
    pub async fn retire(&self, kid: &str) -> anyhow::Result<bool> {
        let Ring { purpose, store, .. } = &*self.0;
        let mut tx = self.0.db.begin().await?;
        lock(&mut tx, purpose.name).await?;
        if !rules::retire(&store.keys(&mut tx).await?, kid)? {
            return Ok(false);
        }
        store.retire(&mut tx, kid, self.0.clock.now()).await?;
        tx.commit().await?;
        tracing::info!(purpose = purpose.name, kid, "a signing key was retired");
        self.reread().await?;
        Ok(true)
    }

    async fn make_first(&self) -> anyhow::Result<()> {
        let Ring { purpose, store, .. } = &*self.0;
        let mut tx = self.0.db.begin().await?;
        lock(&mut tx, purpose.name).await?;
        if store.keys(&mut tx).await?.is_empty() {
            let now = self.0.clock.now();
            let key = self.make(now, now).await?;
            store.insert(&mut tx, &key).await?;
            tracing::info!(
                purpose = purpose.name,
                kid = key.kid,
                "the first signing key was made"
            );
        }
        tx.commit().await?;
        Ok(())
    }

    async fn make(
        &self,
        now: OffsetDateTime,
        signs_from: OffsetDateTime,
    ) -> anyhow::Result<NewKey> {
        let purpose = self.0.purpose;
        let private = tokio::task::spawn_blocking(|| generate(purpose.kind)).await??;
        let key = Key::read(purpose, &private, Some(signs_from))?;
        Ok(NewKey {
            private_sealed: self.0.keys.seal(purpose.name, key.kid.as_bytes(), &private),
            kid: key.kid,
            public: key.public,
            created_at: now,
            signs_from,
        })
    }

    fn open(&self, stored: &StoredKey) -> anyhow::Result<Key> {
        let (purpose, kid) = (self.0.purpose, &stored.kid);
        let private = self
            .0
            .keys
            .open(purpose.name, kid.as_bytes(), &stored.private_sealed)
            .with_context(|| format!("the {} {kid} does not open: CAST_DATA_KEYS", purpose.name))?;
        Key::read(purpose, &private, stored.signs_from)
            .ok()
            .filter(|key| key.kid == *kid)
            .with_context(|| format!("the {} {kid} is damaged", purpose.name))
    }

    fn known(&self) -> Arc<KeySet> {
        let known = self.0.known.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({}, {:?})", self.0.purpose.name, self.known())
    }
}
