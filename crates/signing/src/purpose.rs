//! What distinguishes one keyring from another.

use time::Duration;

use crate::algorithm::Algorithm;

/// What keys are for, and what follows from it.
#[derive(Debug)]
pub struct Purpose {
    /// The purpose under which private keys are sealed, e.g. `membership.card-key`.
    pub name: &'static str,
    /// Algorithm and stored form.
    pub kind: Kind,
    /// How a key is named.
    pub key_id: KeyId,
    /// The `typ` of tokens.
    pub typ: Typ,
    /// How long a new key is published before it signs.
    pub visible_for: Duration,
    /// How long a key is kept after the next one began to sign: the longest life of a token, with a margin. `None`: until it is
    /// retired, because the tokens do not expire.
    pub outlives: Option<Duration>,
}

/// The algorithm of a key, and the form in which its private part is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// EdDSA with Ed25519 (RFC 8037), as the 32 bytes of the seed.
    Ed25519Seed,
    /// EdDSA with Ed25519 (RFC 8037), as PKCS #8.
    Ed25519,
    /// ES256 (RFC 7518 section 3.4), as PKCS #8.
    P256,
    /// RS256 with 2048 bits (RFC 7518 section 3.3), as PKCS #8.
    Rsa2048,
}

/// What the id of a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyId {
    /// RFC 7638 thumbprint.
    Thumbprint,
    /// The first 6 bytes of the public key in base64url: short, for tokens in QR codes.
    Prefix,
}

/// The `typ` of the header, and its place there, which is part of all tokens already issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// `alg`, `kid`.
    Absent,
    /// `typ`, `alg`, `kid`.
    First(&'static str),
    /// `alg`, `kid`, `typ`.
    Last(&'static str),
}

impl Kind {
    /// As in `alg`.
    pub fn algorithm(self) -> &'static str {
        let algorithm = match self {
            Self::Ed25519Seed | Self::Ed25519 => Algorithm::EdDsa,
            Self::P256 => Algorithm::Es256,
            Self::Rsa2048 => Algorithm::Rs256,
        };
        algorithm.as_str()
    }
}

impl Purpose {
    /// The JSON of the header of every token that the key signs.
    pub(crate) fn header(&self, kid: &str) -> String {
        let alg = self.kind.algorithm();
        match self.typ {
            Typ::Absent => format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#),
            Typ::First(typ) => format!(r#"{{"typ":"{typ}","alg":"{alg}","kid":"{kid}"}}"#),
            Typ::Last(typ) => format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#),
        }
    }
}
