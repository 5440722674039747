//! Slowing down those who guess, without keeping anybody else out. Failures are counted in the database, so that every replica counts the
//! same. [`rules`] says for what; [`work`] is the puzzle that is asked for instead of a refusal.

mod admit;
pub mod clients;
pub mod rules;
pub mod store;
pub mod work;

use std::net::IpAddr;

use kit::{
    access::{Caller, Origin},
    crypto::Keys,
    errors::Problem,
};
use proto::reasons;
use uuid::Uuid;

use self::rules::Policy;
use crate::{credentials::hasher::Lane, devices};

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

/// Who calls without being signed in, and what they bring along.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// As the access layer found them.
    pub caller: Caller,
    /// Keyed hash of the secret of their browser's device cookie.
    pub(crate) device_secret: Option<[u8; 32]>,
    /// The text of a proof of work.
    pub(crate) work: Option<String>,
}

impl Visitor {
    /// Who makes this call.
    pub fn of<T>(keys: &Keys, caller: &Caller, request: &tonic::Request<T>) -> Self {
        let text = |name: &'static str| request.metadata().get(name)?.to_str().ok();
        Self {
            caller: caller.clone(),
            device_secret: text(devices::DEVICE)
                .filter(|secret| !secret.is_empty())
                .map(|secret| devices::secret_hash(keys, secret)),
            work: text(work::HEADER).map(str::to_owned),
        }
    }

    /// The network they are in.
    pub fn origin(&self) -> String {
        origin_of(self.caller.origin())
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
pub fn origin_of(origin: Option<&Origin>) -> String {
    match origin
        .and_then(|origin| origin.address)
        .map(|address| address.to_canonical())
    {
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

/// The refusal of somebody who is too fast.
pub(crate) fn too_many(wait: time::Duration) -> Problem {
    Problem::of(&reasons::TOO_MANY_REQUESTS).retry_after(wait.unsigned_abs())
}
