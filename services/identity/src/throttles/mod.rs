//! Slowing down those who guess, without keeping anybody else out. Failures are counted in the database, so that every replica counts the
//! same. [`rules`] says for what; [`work`] is the puzzle that is asked for instead of a refusal.

mod admit;
pub mod clients;
mod demands;
pub mod rules;
pub mod store;
pub mod work;

use std::net::IpAddr;

use kit::{
    Call,
    access::{Caller, Origin},
    crypto::Keys,
    db::Db,
    errors::Problem,
};
use proto_identity::reasons;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use self::rules::Policy;
use crate::{credentials::hasher::Lane, devices};

/// Counts attempts in the database and admits them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Throttles {
    /// Where failures are counted.
    pub db: Db,
    /// What they are counted for is kept as keyed hashes.
    pub keys: Keys,
}

/// What failures are counted for. The value is kept as a keyed hash.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    pub(crate) key: [u8; 32],
    pub(crate) policy: Policy,
}

impl Counter {
    /// Of what this text names.
    pub(crate) fn new(keys: &Keys, policy: Policy, name: &str) -> Self {
        let key = keys.keyed_hash("identity.throttle", name.as_bytes());
        Self { key, policy }
    }
}

/// Who signs in, or is about to, and what their browser brings along.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Where the call came from.
    pub source: Origin,
    /// When.
    pub now: OffsetDateTime,
    /// Keyed hash of the secret of their browser's device cookie.
    pub(crate) device_secret: Option<[u8; 32]>,
    /// The text of a proof of work.
    pub(crate) work: Option<String>,
    /// The session whose cookie the browser has sent, with its account: a new session takes its place.
    pub(crate) present: Option<(Uuid, Uuid)>,
}

impl Visitor {
    /// Who makes this call.
    pub fn of<T>(keys: &Keys, call: &Call<T>) -> Self {
        Self {
            source: call.origin().clone(),
            now: call.now,
            device_secret: call
                .metadata(devices::DEVICE)
                .filter(|secret| !secret.is_empty())
                .map(|secret| devices::secret_hash(keys, secret)),
            work: call.metadata(work::HEADER).map(str::to_owned),
            present: match &call.caller {
                Caller::Person(person) => person.session_id.map(|id| (person.account_id, id)),
                _ => None,
            },
        }
    }

    /// The network they are in.
    pub fn origin(&self) -> String {
        origin_of(&self.source)
    }

    /// The device they bring, if the account behind this address knows it.
    pub(crate) async fn known_device(
        &self,
        conn: &mut PgConnection,
        address_hash: &[u8; 32],
    ) -> Result<Option<Uuid>, sqlx::Error> {
        match &self.device_secret {
            Some(secret) => devices::store::known_at(conn, address_hash, secret, self.now).await,
            None => Ok(None),
        }
    }
}

/// An attempt that may be carried out. It counts as a failure until it is forgiven.
#[derive(Clone, Debug)]
pub struct Admission {
    pub(crate) counters: Vec<Counter>,
    /// The device, if the account knows it.
    pub device_id: Option<Uuid>,
    /// Where its password waits to be hashed.
    pub lane: Lane,
}

/// The network a caller is in: the address itself, or the /64 of an IPv6 one, which is what one household gets. Callers of whom nothing is
/// known are one network.
pub fn origin_of(origin: &Origin) -> String {
    match origin.address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

/// The refusal of a caller who is too fast.
pub(crate) fn too_many(wait: time::Duration) -> Problem {
    Problem::of(&reasons::TOO_MANY_REQUESTS).retry_after(wait.unsigned_abs())
}
