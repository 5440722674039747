//! A client with a key of its own (P-256), and what it signs with it.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use identity::sign_on::rules::s256;
use proto_identity::v1::{self as wire, client_authentication::Method};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::world::URL;

pub struct Signer {
    pair: EcdsaKeyPair,
    pub kid: String,
}

impl Signer {
    pub fn new(kid: &str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap(),
            kid: kid.to_owned(),
        }
    }

    /// The public key; without its name, which is no part of what a proof brings.
    pub fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    pub fn jwks(&self) -> String {
        let mut jwk = self.jwk();
        jwk["kid"] = json!(self.kid);
        json!({ "keys": [jwk] }).to_string()
    }

    /// RFC 7638.
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let (x, y) = (&jwk["x"], &jwk["y"]);
        s256(&format!(r#"{{"crv":"P-256","kty":"EC","x":{x},"y":{y}}}"#))
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let signature = self.pair.sign(&random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64.encode(signature.as_ref()))
    }

    /// How a client with this key is registered.
    pub fn registered(&self) -> wire::ClientAuthentication {
        wire::ClientAuthentication {
            method: Method::PrivateKeyJwt.into(),
            jwks: self.jwks(),
            jwks_uri: String::new(),
        }
    }

    /// An assertion for the issuer, with other claims if wanted.
    pub fn assertion(
        &self,
        client_id: &str,
        now: OffsetDateTime,
        more: Value,
    ) -> wire::ClientAssertion {
        let mut claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": URL,
            "iat": now.unix_timestamp(),
            "exp": now.unix_timestamp() + 60,
            "jti": Uuid::now_v7(),
        });
        merge(&mut claims, more);
        wire::ClientAssertion {
            r#type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into(),
            assertion: self.sign(&json!({ "alg": "ES256", "kid": self.kid }), &claims),
        }
    }

    /// A proof of possession for a request to this endpoint, with other claims if wanted.
    pub fn proof(&self, (method, path): (&str, &str), now: OffsetDateTime, more: Value) -> String {
        let mut claims = json!({
            "htm": method,
            "htu": format!("{URL}{path}"),
            "iat": now.unix_timestamp(),
            "jti": Uuid::now_v7(),
        });
        merge(&mut claims, more);
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() });
        self.sign(&header, &claims)
    }
}

fn merge(claims: &mut Value, more: Value) {
    if let Value::Object(more) = more {
        claims.as_object_mut().unwrap().extend(more);
    }
}
