//! Slowing down those who guess: failures are counted for each address and each origin, in the database, so that every replica
//! counts the same.

mod book;
pub mod rules;
pub mod store;

use std::net::IpAddr;

use kit::{access::Caller, crypto::Keys};

use self::rules::Policy;

/// What failures are counted for. The value is kept as a keyed hash.
#[derive(Clone, Debug)]
pub struct Throttle {
    pub(crate) key: [u8; 32],
    pub(crate) policy: Policy,
}

impl Throttle {
    /// Wrong passwords for a sign-in address, by its key.
    pub fn address(keys: &Keys, address: &str) -> Self {
        Self::of(keys, rules::ADDRESS, "address", address)
    }

    /// Whatever fails from where the caller is. `None` if that is not known.
    pub fn origin(keys: &Keys, caller: &Caller) -> Option<Self> {
        origin_of(caller).map(|origin| Self::of(keys, rules::ORIGIN, "origin", &origin))
    }

    /// Something an account does to itself, e.g. `change-password`.
    pub fn own(keys: &Keys, what: &str, id: uuid::Uuid) -> Self {
        Self::of(keys, rules::OWN, what, &id.to_string())
    }

    fn of(keys: &Keys, policy: Policy, scope: &str, value: &str) -> Self {
        let key = keys.keyed_hash("identity.throttle", format!("{scope}\0{value}").as_bytes());
        Self { key, policy }
    }
}

/// The network a caller is in: the address itself, or the /64 of an IPv6 one, which is what one household gets.
pub fn origin_of(caller: &Caller) -> Option<String> {
    let address = caller.origin()?.address?;
    Some(match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    })
}
