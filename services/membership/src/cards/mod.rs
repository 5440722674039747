//! Member cards: a signed link, open to everybody.
//!
//! The link ends in a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037). Its payload:
//!
//! | claim | |
//! |---|---|
//! | `m` | membership id, base64url of the 16 bytes |
//! | `o` | organisation id, likewise |
//! | `n` | member number |
//! | `iat` | when the card was shown, seconds since 1970 |
//!
//! No name, and no expiry: whether the membership is in force is asked of the database at the moment of checking. The ids are in the
//! short form and the claims have short names because the link has to fit into a QR code that a phone reads off another phone.

mod claims;
mod keyring;
mod store;

pub(crate) use claims::{Claims, Forged};
pub use keyring::{Cards, load};
