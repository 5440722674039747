//! Known devices: browsers that have signed in to an account before.
//!
//! A browser that signs in gets a cookie with 256 random bits, of which a keyed hash is kept with the account. It proves nothing but that
//! this browser has signed in before; what strangers do at the address of the account does not slow it down. The secret changes with every
//! sign-in and travels in metadata only: to identity in [`DEVICE`], and back in [`DEVICE`] with [`DEVICE_MAX_AGE`]. Devices are forgotten
//! when the password is changed or recovered and when the other sessions are ended; the one that does so stays known.

mod remember;
pub mod store;

use kit::crypto::Keys;
use time::Duration;

pub(crate) use remember::remember;

/// Metadata of a call and of an answer: the secret of the device.
pub const DEVICE: &str = "x-cast-device";
/// Metadata of an answer: seconds until the device is forgotten.
pub const DEVICE_MAX_AGE: &str = "x-cast-device-max-age";

/// A device that does not sign in for so long is forgotten.
pub const LIFETIME: Duration = Duration::days(180);
/// How long the secret before the last sign-in still works: the answer with the new one may have been lost.
pub const OVERLAP: Duration = Duration::hours(1);
/// Of one account; the least recently used one is forgotten.
pub const MOST: i64 = 20;

/// What a device is to an account that it signs in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// It has signed in before.
    Known,
    /// It has not, and no other is known.
    First,
    /// It has not, and others have: the account is told.
    Further,
}

/// What is kept of a secret.
pub fn secret_hash(keys: &Keys, secret: &str) -> [u8; 32] {
    keys.keyed_hash("identity.device", secret.as_bytes())
}
