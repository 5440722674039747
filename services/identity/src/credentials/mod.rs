//! What people sign in with: an address and a password. Those who sign in, prove an address or change a password all stand on this.

pub mod addresses;
pub mod hasher;
pub mod store;

use kit::{crypto::Keys, errors::Problem};
use proto_identity::reasons;

use self::{
    addresses::{Address, AddressError},
    hasher::Busy,
};

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        Self::of(&reasons::TOO_MANY_REQUESTS).retry_after(busy.retry_after)
    }
}

/// Reads an address from the wire.
pub fn address(field: &'static str, text: &str) -> Result<Address, Problem> {
    Address::parse(text).map_err(|error: AddressError| Problem::invalid(field, error.words()))
}

/// The look-up hash of an address.
pub fn address_hash(keys: &Keys, address: &Address) -> [u8; 32] {
    keys.keyed_hash("identity.address", address.key().as_bytes())
}
