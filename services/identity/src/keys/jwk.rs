//! Public keys as JSON Web Keys (RFC 7517), named by their thumbprint (RFC 7638). Pure.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A public key and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// RFC 7638 thumbprint, SHA-256.
    pub kid: String,
    /// The key as it is published.
    pub json: String,
}

/// An Ed25519 key (RFC 8037 section 2).
pub fn ed25519(public: &[u8]) -> Jwk {
    let x = URL_SAFE_NO_PAD.encode(public);
    // The members that make the thumbprint, in their order and without blanks (RFC 7638 section 3.2).
    let kid = thumbprint(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    let json =
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA", "kid": kid });
    Jwk {
        json: json.to_string(),
        kid,
    }
}

/// An RSA key (RFC 7518 section 6.3); modulus and exponent as big-endian bytes without leading zeros.
pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Jwk {
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(modulus),
        URL_SAFE_NO_PAD.encode(exponent),
    );
    let kid = thumbprint(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
    let json = json!({ "kty": "RSA", "n": n, "e": e, "use": "sig", "alg": "RS256", "kid": kid });
    Jwk {
        json: json.to_string(),
        kid,
    }
}

/// A JWK Set (RFC 7517 section 5).
pub fn set(keys: &[String]) -> String {
    let keys: Vec<Value> = keys
        .iter()
        .filter_map(|key| serde_json::from_str(key).ok())
        .collect();
    json!({ "keys": keys }).to_string()
}

fn thumbprint(canonical: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn thumbprints_agree_with_the_examples_of_the_rfcs() {
        // RFC 7638 section 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = rsa(&URL_SAFE_NO_PAD.decode(n).unwrap(), &[1, 0, 1]);
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        // RFC 8037 appendix A.3.
        let x = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        assert_eq!(
            ed25519(&x).kid,
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn a_set_holds_every_key() {
        let keys = [ed25519(&[1; 32]).json, rsa(&[2; 256], &[1, 0, 1]).json];
        let set: Value = serde_json::from_str(&set(&keys)).unwrap();
        assert_eq!(set["keys"].as_array().unwrap().len(), 2);
        assert_eq!(set["keys"][1]["alg"], "RS256");
        assert!(set["keys"][0]["d"].is_null());
    }
}
