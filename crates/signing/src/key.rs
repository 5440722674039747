//! One key: made, read, signs, verifies.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use time::OffsetDateTime;

use crate::{
    algorithm::Algorithm,
    jwk::{Jwk, PublicKey},
    purpose::{KeyId, Kind, Purpose},
};

/// A key that signs and verifies. `Debug` shows the id alone.
pub struct Key {
    pub(crate) kid: String,
    /// When it begins to sign; `None`: when it was made.
    pub(crate) signs_from: Option<OffsetDateTime>,
    /// The first part of every token that it signs.
    pub(crate) header: String,
    pub(crate) public: PublicKey,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(Box<EcdsaKeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// The bytes are not a private key of the purpose's kind, or no key can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable private key")]
pub struct Unusable;

impl From<KeyRejected> for Unusable {
    fn from(_: KeyRejected) -> Self {
        Self
    }
}

impl From<Unspecified> for Unusable {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// The private part of a new key, in the form that [`Key::read`] reads. An RSA key takes up to a quarter of a second.
pub(crate) fn generate(kind: Kind) -> Result<Vec<u8>, Unusable> {
    Ok(match kind {
        // Any 32 bytes are a seed.
        Kind::Ed25519Seed => kit::chance::bytes::<32>().to_vec(),
        Kind::Ed25519 => Ed25519KeyPair::generate()?.to_pkcs8()?.as_ref().to_vec(),
        Kind::P256 => {
            let random = SystemRandom::new();
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
            document.as_ref().to_vec()
        }
        Kind::Rsa2048 => {
            let der: Pkcs8V1Der<'static> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
            der.as_ref().to_vec()
        }
    })
}

impl Key {
    /// The key with this private part.
    pub fn read(
        purpose: &Purpose,
        private: &[u8],
        signs_from: Option<OffsetDateTime>,
    ) -> Result<Self, Unusable> {
        let pair = match purpose.kind {
            Kind::Ed25519Seed => Pair::Ed25519(Ed25519KeyPair::from_seed_unchecked(private)?),
            Kind::Ed25519 => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(private)?),
            Kind::P256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                Pair::P256(Box::new(EcdsaKeyPair::from_pkcs8(algorithm, private)?))
            }
            Kind::Rsa2048 => Pair::Rsa(Box::new(RsaKeyPair::from_pkcs8(private)?)),
        };
        let public = match &pair {
            Pair::Ed25519(pair) => PublicKey::Ed25519(pair.public_key().as_ref().to_vec()),
            Pair::P256(pair) => {
                // Uncompressed (SEC 1 section 2.3.3): a byte, then both coordinates.
                let point = pair.public_key().as_ref().get(1..65).ok_or(Unusable)?;
                let (x, y) = point.split_at(32);
                let (x, y) = (x.to_vec(), y.to_vec());
                PublicKey::P256 { x, y }
            }
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
                PublicKey::Rsa { n, e }
            }
        };
        let kid = match purpose.key_id {
            KeyId::Thumbprint => public.thumbprint(),
            KeyId::Prefix => BASE64.encode(public.bytes().first_chunk::<6>().ok_or(Unusable)?),
        };
        Ok(Self {
            header: BASE64.encode(purpose.header(&kid)),
            kid,
            signs_from,
            public,
            pair,
        })
    }

    /// The public part under its id.
    pub fn jwk(&self) -> Jwk {
        self.public.jwk(&self.kid)
    }

    /// The first part of a token with another type.
    pub(crate) fn header_of(&self, typ: &'static str) -> String {
        let alg = self.algorithm();
        let kid = &self.kid;
        BASE64.encode(format!(r#"{{"typ":"{typ}","alg":"{alg}","kid":"{kid}"}}"#))
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.try_sign(text)?.as_ref().to_vec()),
            Pair::P256(pair) => {
                let random = SystemRandom::new();
                Ok(pair.sign(&random, text)?.as_ref().to_vec())
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)?;
                Ok(signature)
            }
        }
    }

    /// Whether the signature, in base64url, is this key's.
    pub(crate) fn verifies(&self, text: &str, signature: &str) -> bool {
        BASE64.decode(signature).is_ok_and(|signature| {
            let (algorithm, text) = (self.algorithm(), text.as_bytes());
            self.public.verifies(algorithm, text, &signature)
        })
    }

    fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Ed25519(_) => Algorithm::EdDsa,
            Pair::P256(_) => Algorithm::Es256,
            Pair::Rsa(_) => Algorithm::Rs256,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.kid)
    }
}
