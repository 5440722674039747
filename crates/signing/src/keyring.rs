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

/// How often it is looked whether a key is due.
const DUE_PERIOD: Duration = Duration::from_secs(600);

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

/// A worker that rotates keys when they have signed for so long, and retires those whose tokens have ended. One replica at a time does it.
pub fn schedule(name: &'static str, rings: Vec<Keyring>, signs_for: time::Duration) -> Worker {
    Worker::every(name, DUE_PERIOD, move || {
        let rings = rings.clone();
        async move {
            for ring in &rings {
                ring.rotate_when_due(signs_for).await?;
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

    /// The claims of a token that one of the keys has signed with another `typ` ([`sign_as`](Self::sign_as)).
    pub fn verify_as<T: DeserializeOwned>(
        &self,
        typ: &'static str,
        token: &str,
    ) -> Result<T, Invalid> {
        self.known().verify_as(typ, token)
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
        let now = self.0.clock.now();
        let key = self.next(now).await?;
        self.replace(now, |stored| rules::rotate(stored, now).map(|()| Some(key)))
            .await
    }

    /// The same, if the newest key will have signed for so long by the time that a new one signs; else nothing but retiring.
    pub async fn rotate_when_due(&self, signs_for: time::Duration) -> anyhow::Result<()> {
        let Ring { purpose, store, .. } = &*self.0;
        let now = self.0.clock.now();
        let is_due =
            |stored: &[StoredKey]| rules::is_due(stored, signs_for, purpose.visible_for, now);
        let stored = store.keys(&mut *self.0.db.read().await?).await?;
        let outlived = purpose.outlives.map(|o| rules::outlived(&stored, o, now));
        if !is_due(&stored) && outlived.is_none_or(|kids| kids.is_empty()) {
            return Ok(());
        }
        // Making an RSA key takes a while, so it is made before the lock; another replica may be first all the same.
        let key = match is_due(&stored) {
            true => Some(self.next(now).await?),
            false => None,
        };
        self.replace(now, |stored| Ok(key.filter(|_| is_due(stored))))
            .await
    }

    async fn next(&self, now: OffsetDateTime) -> anyhow::Result<NewKey> {
        self.make(now, now + self.0.purpose.visible_for).await
    }

    /// Enters the key that is decided on, and retires those whose tokens have expired; one replica at a time.
    async fn replace(
        &self,
        now: OffsetDateTime,
        decide: impl FnOnce(&[StoredKey]) -> Result<Option<NewKey>, rules::Refusal>,
    ) -> anyhow::Result<()> {
        let Ring { purpose, store, .. } = &*self.0;
        let mut tx = self.0.db.begin().await?;
        lock(&mut tx, purpose.name).await?;
        let stored = store.keys(&mut tx).await?;
        let key = decide(&stored)?;
        if let Some(key) = &key {
            store.insert(&mut tx, key).await?;
        }
        let outlived = purpose
            .outlives
            .map(|outlives| rules::outlived(&stored, outlives, now))
            .unwrap_or_default();
        for kid in &outlived {
            store.retire(&mut tx, kid, now).await?;
        }
        tx.commit().await?;
        if let Some(key) = &key {
            tracing::info!(
                purpose = purpose.name,
                kid = key.kid,
                signs_from = %key.signs_from,
                "a signing key was made and is published"
            );
        }
        if !outlived.is_empty() {
            tracing::info!(purpose = purpose.name, retired = ?outlived, "signing keys were retired");
        }
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
