//! What tokens are signed with: EdDSA for access tokens, RS256 for ID tokens, because that is what every OpenID client can verify
//! (OpenID Connect Core 1.0 section 15.1). Keys are made at the first start, their private parts are sealed in the database, and
//! the table is ready for rotation: `next` keys are published before they sign, `retired` ones while their tokens may be around.

pub mod jwk;
pub mod signing;
pub mod store;

pub use signing::{Published, Signing};

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037): access tokens.
    EdDsa,
    /// RSA with 2048 bits, PKCS #1 v1.5 and SHA-256 (RFC 7518 section 3.3): ID tokens.
    Rs256,
}

impl Algorithm {
    /// As in `alg`, and as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}
