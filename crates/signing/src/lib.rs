//! The keys that a service signs with, one [`Keyring`] for each purpose: access tokens, ID tokens, member cards, tickets.
//!
//! A key is made once, by the first replica that starts on an empty table, and its private part is sealed in the service's database under
//! the purpose and the key id. Every replica has the same keys: it reads them at its start and then periodically ([`worker`]), so that
//! signing and verifying need no database, and no token, however foreign, causes a read.
//!
//! **Rotation** ([`Keyring::rotate`]): a new key is published at once and signs after [`Purpose::visible_for`], when every replica and
//! every verifier outside has it. The key before it still verifies: for [`Purpose::outlives`], or until it is retired
//! ([`Keyring::retire`]); [`schedule`] does both by itself. If a key is compromised, rotate and retire it: the new key then signs at once.
//!
//! **Tokens** are compact JWS (RFC 7515). A keyring has one algorithm and one form of the header, and the header of a token must be, byte by
//! byte, that of one of its keys: neither algorithm nor type is chosen by the token, and nothing of it is parsed before its signature
//! has been verified.
//!
//! **Tokens of others**, e.g. of OAuth clients, are read by [`Jws`] and verified with keys that the caller knows to be theirs
//! ([`ForeignKeys`]).
//!
//! | module | |
//! |---|---|
//! | `purpose` | what distinguishes keyrings: algorithm, header, name of a key, times |
//! | `algorithm` | how tokens are signed |
//! | `key` | one key: made, read, signs, verifies |
//! | `set` | the keys at one moment, and tokens; without a database |
//! | `keyring` | the keys of a running service |
//! | `rules` | what may be rotated and retired; pure |
//! | `store` | what a service implements over its table |
//! | `jwk` | public keys (RFC 7517), thumbprints (RFC 7638) |
//! | `foreign` | tokens that others have signed, and their keys; pure |
//! | [`short_id`] | ids in claims |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod algorithm;
mod foreign;
mod jwk;
mod key;
mod keyring;
mod purpose;
mod rules;
mod set;
pub mod short_id;
mod store;

pub use algorithm::Algorithm;
pub use foreign::{ForeignKey, ForeignKeys, Jws, Unfit};
pub use jwk::{Jwk, PublicKey, key_set};
pub use key::{Key, Unusable};
pub use keyring::{Keyring, change, schedule, worker};
pub use purpose::{KeyId, Kind, Purpose, Typ};
pub use set::{Invalid, KeySet, SignError};
pub use store::{NewKey, Store, StoredKey};
