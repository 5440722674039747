//! Tokens that others have signed with keys of their own (RFC 7515), and these keys (RFC 7517). Pure.
//!
//! Whose key it is, is for the caller to know: the keys come from where the signer has registered them, or, for a proof of possession, from
//! the token itself. The algorithm is one that fits the key; symmetric ones, `none` and critical headers are refused.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{algorithm::Algorithm, jwk::PublicKey, set::Invalid};

/// A longer text is not looked at.
const MAX_TOKEN_BYTES: usize = 24 * 1024;
/// Keys of one set at most: each of them may be tried.
const MOST_KEYS: usize = 20;
/// Bits of the modulus of an RSA key (RFC 7518 section 3.3); longer ones cost too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
/// What a key has only if it is private or symmetric (RFC 7518 section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a key, or a set of keys, cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No JSON of this form.
    #[error("not a JWK Set")]
    Malformed,
    /// With the private part, or symmetric: it is no longer a secret then.
    #[error("with a private or symmetric key")]
    Private,
    /// No key that verifies RS256, PS256, ES256 or EdDSA.
    #[error("without a usable public key")]
    Unusable,
    /// More keys than are tried.
    #[error("with too many keys")]
    TooMany,
}

/// A public key of a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    kid: Option<String>,
    /// The one algorithm that it is for, if it says so.
    algorithm: Option<Algorithm>,
    public: PublicKey,
}

impl ForeignKey {
    /// Reads a JWK.
    pub fn read(jwk: &Value) -> Result<Self, Unfit> {
        let members = jwk.as_object().ok_or(Unfit::Malformed)?;
        if PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return Err(Unfit::Private);
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return Err(Unfit::Unusable);
        }
        let algorithm = match text("alg") {
            Some(name) => Some(Algorithm::named(name).ok_or(Unfit::Unusable)?),
            None => None,
        };
        let bytes = |name: &str| {
            let decoded = text(name).map(|value| BASE64.decode(value));
            decoded.and_then(Result::ok).ok_or(Unfit::Malformed)
        };
        let coordinate = |name: &str| {
            let bytes = bytes(name)?;
            (bytes.len() == 32).then_some(bytes).ok_or(Unfit::Malformed)
        };
        let public = match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) => PublicKey::Ed25519(coordinate("x")?),
            (Some("EC"), Some("P-256")) => PublicKey::P256 {
                x: coordinate("x")?,
                y: coordinate("y")?,
            },
            (Some("RSA"), _) => {
                let n: Vec<u8> = bytes("n")?.into_iter().skip_while(|b| *b == 0).collect();
                let bits = n.len() * 8 - n.first().map_or(0, |b| b.leading_zeros() as usize);
                if !RSA_BITS.contains(&bits) {
                    return Err(Unfit::Unusable);
                }
                PublicKey::Rsa { n, e: bytes("e")? }
            }
            (None, _) => return Err(Unfit::Malformed),
            _ => return Err(Unfit::Unusable),
        };
        let kid = text("kid").map(str::to_owned);
        Ok(Self {
            kid,
            algorithm,
            public,
        })
    }

    /// RFC 7638, SHA-256.
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint()
    }

    fn verifies(&self, jws: &Jws<'_>) -> bool {
        let fits = self.algorithm.is_none_or(|own| own == jws.algorithm);
        let signed = jws.signed.as_bytes();
        fits && self.public.verifies(jws.algorithm, signed, &jws.signature)
    }
}

/// The public keys of a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKeys(Vec<ForeignKey>);

impl ForeignKeys {
    /// Reads a JWK Set. Keys of other kinds may be in it, and are passed over (RFC 7517 section 5); private ones may not.
    pub fn read(json: &[u8]) -> Result<Self, Unfit> {
        let set: Value = serde_json::from_slice(json).map_err(|_| Unfit::Malformed)?;
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(Unfit::Malformed)?;
        if keys.len() > MOST_KEYS {
            return Err(Unfit::TooMany);
        }
        let mut read = Vec::new();
        for key in keys {
            match ForeignKey::read(key) {
                Ok(key) => read.push(key),
                Err(Unfit::Unusable) => {}
                Err(unfit) => return Err(unfit),
            }
        }
        match read.is_empty() {
            true => Err(Unfit::Unusable),
            false => Ok(Self(read)),
        }
    }

    /// One key, whatever token names it.
    pub fn one(key: ForeignKey) -> Self {
        Self(vec![ForeignKey { kid: None, ..key }])
    }

    /// Whether a key of this name is among them; for no name, whether there is any.
    pub fn knows(&self, kid: Option<&str>) -> bool {
        kid.is_none_or(|kid| self.0.iter().any(|key| key.kid.as_deref() == Some(kid)))
    }

    /// The claims of a token that one of the keys has signed: one of the name that the token gives, if it gives one and the keys have names.
    pub fn verify<T: DeserializeOwned>(&self, jws: &Jws<'_>) -> Result<T, Invalid> {
        let named = |key: &&ForeignKey| match (&jws.kid, &key.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        };
        let genuine = self.0.iter().filter(named).any(|key| key.verifies(jws));
        match genuine {
            true => jws.unverified().ok_or(Invalid),
            false => Err(Invalid),
        }
    }
}

/// A compact JWS, taken apart. Nothing of it is proven before [`ForeignKeys::verify`].
pub struct Jws<'a> {
    algorithm: Algorithm,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Value>,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    jwk: Option<Value>,
    crit: Option<Value>,
}

impl<'a> Jws<'a> {
    /// Takes a token apart; `None` if it is none, or is signed by none of the [algorithms](Algorithm).
    pub fn read(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signed = &token[..header.len() + 1 + payload.len()];
        let header: Header = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
        // What must be understood is not (RFC 7515 section 4.1.11).
        if header.crit.is_some() {
            return None;
        }
        Some(Self {
            algorithm: Algorithm::named(&header.alg)?,
            typ: header.typ,
            kid: header.kid,
            jwk: header.jwk,
            signed,
            payload: BASE64.decode(payload).ok()?,
            signature: BASE64.decode(signature).ok()?,
        })
    }

    /// The type that it gives itself, in small letters and without `application/` (RFC 7515 section 4.1.9).
    pub fn typ(&self) -> Option<String> {
        let typ = self.typ.as_deref()?.to_ascii_lowercase();
        Some(typ.strip_prefix("application/").unwrap_or(&typ).to_owned())
    }

    /// The name of the key that it gives.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key that it brings along itself.
    pub fn own_key(&self) -> Option<ForeignKey> {
        ForeignKey::read(self.jwk.as_ref()?).ok()
    }

    /// What it says, which proves nothing: good to find out whose keys to take.
    pub fn unverified<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.payload).ok()
    }
}

/// The token is not shown: it may be good.
impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jws({}, {:?})", self.algorithm, self.kid)
    }
}

#[cfg(test)]
#[path = "foreign_tests.rs"]
mod tests;
