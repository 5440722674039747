//! Public keys as JSON Web Keys (RFC 7517), named by their thumbprint (RFC 7638). Pure.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
        RsaPublicKeyComponents, UnparsedPublicKey,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::Serialize;
use serde_json::{Value, json};

use crate::algorithm::Algorithm;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// The 32 bytes of RFC 8032 section 5.1.5.
    Ed25519(Vec<u8>),
    /// Big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
    /// A point of P-256: both coordinates, 32 bytes each (RFC 7518 section 6.2.1).
    P256 {
        /// The first coordinate.
        x: Vec<u8>,
        /// The second coordinate.
        y: Vec<u8>,
    },
}

/// A public key as it is published; the members are those of RFC 7517 and, by the type of the key, RFC 8037 section 2 or RFC 7518
/// section 6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are those of the RFCs")]
pub struct Jwk {
    pub kty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    pub r#use: &'static str,
    pub alg: &'static str,
    pub kid: String,
}

impl PublicKey {
    /// The bytes of an Ed25519 key, the modulus of an RSA key, the first coordinate of a point.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(x) | Self::P256 { x, .. } => x,
            Self::Rsa { n, .. } => n,
        }
    }

    /// RFC 7638, SHA-256: the required members in their order, without blanks.
    pub fn thumbprint(&self) -> String {
        let members = match self {
            Self::Ed25519(x) => {
                let x = BASE64.encode(x);
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
            }
            Self::Rsa { n, e } => {
                let (n, e) = (BASE64.encode(n), BASE64.encode(e));
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
            Self::P256 { x, y } => {
                let (x, y) = (BASE64.encode(x), BASE64.encode(y));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
        };
        BASE64.encode(digest(&SHA256, members.as_bytes()))
    }

    /// Whether this key has made a signature by this algorithm; `false` also for an algorithm of another kind of key.
    pub fn verifies(&self, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> bool {
        let verified = match (self, algorithm) {
            (Self::Ed25519(x), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, x).verify(text, signature)
            }
            (Self::P256 { x, y }, Algorithm::Es256) => {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text, signature)
            }
            (Self::Rsa { n, e }, Algorithm::Rs256) => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature)
            }
            (Self::Rsa { n, e }, Algorithm::Ps256) => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PSS_2048_8192_SHA256, text, signature)
            }
            _ => return false,
        };
        verified.is_ok()
    }

    /// The key under this id.
    pub fn jwk(&self, kid: &str) -> Jwk {
        let jwk = |kty, alg| Jwk {
            kty,
            crv: None,
            x: None,
            y: None,
            n: None,
            e: None,
            r#use: "sig",
            alg,
            kid: kid.to_owned(),
        };
        match self {
            Self::Ed25519(x) => Jwk {
                crv: Some("Ed25519"),
                x: Some(BASE64.encode(x)),
                ..jwk("OKP", "EdDSA")
            },
            Self::Rsa { n, e } => Jwk {
                n: Some(BASE64.encode(n)),
                e: Some(BASE64.encode(e)),
                ..jwk("RSA", "RS256")
            },
            Self::P256 { x, y } => Jwk {
                crv: Some("P-256"),
                x: Some(BASE64.encode(x)),
                y: Some(BASE64.encode(y)),
                ..jwk("EC", "ES256")
            },
        }
    }
}

/// A JWK Set (RFC 7517 section 5) of keys in JSON.
pub fn key_set(keys: &[String]) -> String {
    let keys: Vec<Value> = keys
        .iter()
        .filter_map(|key| serde_json::from_str(key).ok())
        .collect();
    json!({ "keys": keys }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_agree_with_the_examples_of_the_rfcs() {
        // RFC 7638 section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = PublicKey::Rsa {
            n: BASE64.decode(n).unwrap(),
            e: vec![1, 0, 1],
        };
        let thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        assert_eq!(rsa.thumbprint(), thumbprint);
        // RFC 8037 appendix A.3.
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let ed25519 = PublicKey::Ed25519(BASE64.decode(x).unwrap());
        let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(ed25519.thumbprint(), thumbprint);
        // RFC 9449 sections 4.1 and 6.1.
        let p256 = PublicKey::P256 {
            x: BASE64
                .decode("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs")
                .unwrap(),
            y: BASE64
                .decode("9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA")
                .unwrap(),
        };
        let thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(p256.thumbprint(), thumbprint);
    }

    #[test]
    fn a_set_holds_every_key_in_its_published_form() {
        let ed25519 = PublicKey::Ed25519(vec![1; 32]).jwk("a");
        let rsa = PublicKey::Rsa {
            n: vec![2; 3],
            e: vec![1, 0, 1],
        };
        let keys = [ed25519, rsa.jwk("b")].map(|key| serde_json::to_string(&key).unwrap());
        let x = BASE64.encode([1; 32]);
        let published = format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}","use":"sig","alg":"EdDSA","kid":"a"}},{{"kty":"RSA","n":"AgIC","e":"AQAB","use":"sig","alg":"RS256","kid":"b"}}]}}"#
        );
        assert_eq!(key_set(&keys), published);
    }
}
