use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents,
    },
};
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Signs a text.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A signer of each kind: its public JWK, and how it signs.
struct Signer {
    alg: &'static str,
    jwk: Value,
    sign: Sign,
}

impl Signer {
    fn token(&self, header: Value, claims: &Value) -> String {
        let encode = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = BASE64.encode((self.sign)(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn keys(&self) -> ForeignKeys {
        ForeignKeys::read(json!({ "keys": [self.jwk] }).to_string().as_bytes()).unwrap()
    }
}

fn ed25519(kid: &str) -> Signer {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = BASE64.encode(pair.public_key());
    Signer {
        alg: "EdDSA",
        jwk: json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid }),
        sign: Box::new(move |text| pair.sign(text).as_ref().to_vec()),
    }
}

fn p256(kid: &str) -> Signer {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (BASE64.encode(&point[1..33]), BASE64.encode(&point[33..]));
    Signer {
        alg: "ES256",
        jwk: json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid }),
        sign: Box::new(move |text| pair.sign(&random, text).unwrap().as_ref().to_vec()),
    }
}

fn rsa(kid: &str, size: KeySize, alg: &'static str) -> Signer {
    let pair = RsaKeyPair::generate(size).unwrap();
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let (n, e) = (BASE64.encode(public.n), BASE64.encode(public.e));
    let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match alg {
        "PS256" => &RSA_PSS_SHA256,
        _ => &RSA_PKCS1_SHA256,
    };
    Signer {
        alg,
        jwk: json!({ "kty": "RSA", "n": n, "e": e, "kid": kid }),
        sign: Box::new(move |text| {
            let mut signature = vec![0; pair.public_modulus_len()];
            let random = SystemRandom::new();
            pair.sign(padding, &random, text, &mut signature).unwrap();
            signature
        }),
    }
}

fn verified(keys: &ForeignKeys, token: &str) -> Option<Value> {
    keys.verify(&Jws::read(token)?).ok()
}

#[test]
fn every_algorithm_verifies_with_the_key_of_its_kind_alone() {
    let claims = json!({ "sub": "x" });
    let signers = [
        ed25519("a"),
        p256("a"),
        rsa("a", KeySize::Rsa2048, "RS256"),
        rsa("a", KeySize::Rsa2048, "PS256"),
    ];
    for (at, signer) in signers.iter().enumerate() {
        let token = signer.token(json!({ "alg": signer.alg, "kid": "a" }), &claims);
        for (other, of) in signers.iter().enumerate() {
            let read = verified(&of.keys(), &token);
            assert_eq!(read.is_some(), at == other, "{} by {}", of.alg, signer.alg);
        }
        // The same signature under the name of another algorithm.
        for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"] {
            let renamed = signer.token(json!({ "alg": alg, "kid": "a" }), &claims);
            let same = alg == signer.alg;
            assert_eq!(verified(&signer.keys(), &renamed).is_some(), same, "{alg}");
        }
    }
}

#[test]
fn a_key_that_names_its_algorithm_serves_no_other() {
    let mut signer = rsa("a", KeySize::Rsa2048, "PS256");
    let token = signer.token(json!({ "alg": "PS256" }), &json!({}));
    assert!(verified(&signer.keys(), &token).is_some());
    signer.jwk["alg"] = json!("RS256");
    assert!(verified(&signer.keys(), &token).is_none());
    signer.jwk["alg"] = json!("PS256");
    assert!(verified(&signer.keys(), &token).is_some());
}

#[test]
fn the_key_of_the_name_is_taken_and_without_a_name_each() {
    let (first, second) = (p256("a"), p256("b"));
    let set = json!({ "keys": [first.jwk, second.jwk] }).to_string();
    let keys = ForeignKeys::read(set.as_bytes()).unwrap();
    let by_second = |header: Value| verified(&keys, &second.token(header, &json!({}))).is_some();
    assert!(by_second(json!({ "alg": "ES256", "kid": "b" })));
    assert!(by_second(json!({ "alg": "ES256" })));
    assert!(!by_second(json!({ "alg": "ES256", "kid": "a" })));
    assert!(!by_second(json!({ "alg": "ES256", "kid": "c" })));
    assert!(keys.knows(Some("b")) && keys.knows(None) && !keys.knows(Some("c")));
}

#[test]
fn keys_that_give_their_secret_away_are_refused_and_weak_ones_not_used() {
    let read = |keys: Value| ForeignKeys::read(json!({ "keys": keys }).to_string().as_bytes());
    let good = p256("a").jwk;
    let with = |name: &str, value: &str| {
        let mut jwk = good.clone();
        jwk[name] = json!(value);
        jwk
    };
    assert_eq!(read(json!([good, with("d", "AA")])), Err(Unfit::Private));
    let symmetric = json!({ "kty": "oct", "k": "AA" });
    assert_eq!(read(json!([good, symmetric])), Err(Unfit::Private));
    assert_eq!(read(json!([])), Err(Unfit::Unusable));
    assert_eq!(read(json!([with("use", "enc")])), Err(Unfit::Unusable));
    assert_eq!(read(json!([with("crv", "P-384")])), Err(Unfit::Unusable));
    assert_eq!(read(json!([with("alg", "ES384")])), Err(Unfit::Unusable));
    assert_eq!(read(json!([with("x", "AA")])), Err(Unfit::Malformed));
    let n = BASE64.encode([0xff; 128]);
    let short = json!({ "kty": "RSA", "n": n, "e": "AQAB" });
    assert_eq!(read(json!([short])), Err(Unfit::Unusable));
    // Another kind beside a good one is passed over.
    assert!(read(json!([good, with("crv", "P-384")])).is_ok());
    let many: Vec<Value> = vec![good.clone(); MOST_KEYS + 1];
    assert_eq!(read(json!(many)), Err(Unfit::TooMany));
    for malformed in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#] {
        let read = ForeignKeys::read(malformed.as_bytes());
        assert_eq!(read, Err(Unfit::Malformed), "{malformed}");
    }
}

#[test]
fn critical_headers_and_other_forms_are_no_tokens() {
    let signer = p256("a");
    let token = |header: Value| signer.token(header, &json!({}));
    assert!(Jws::read(&token(json!({ "alg": "ES256" }))).is_some());
    let critical = token(json!({ "alg": "ES256", "crit": ["b64"], "b64": false }));
    assert!(Jws::read(&critical).is_none());
    let good = token(json!({ "alg": "ES256" }));
    for bad in [
        format!("{good}.x"),
        good.replace('.', ""),
        format!("{good}="),
    ] {
        assert!(Jws::read(&bad).is_none(), "{bad}");
    }
    assert!(Jws::read(&"a".repeat(MAX_TOKEN_BYTES + 1)).is_none());
}

#[test]
fn a_token_brings_its_key_and_its_type() {
    let signer = p256("a");
    let header = json!({ "alg": "ES256", "typ": "application/DPoP+JWT", "jwk": signer.jwk });
    let token = signer.token(header, &json!({ "jti": "1" }));
    let jws = Jws::read(&token).unwrap();
    assert_eq!(jws.typ().as_deref(), Some("dpop+jwt"));
    let key = jws.own_key().unwrap();
    assert_eq!(key.thumbprint().len(), 43);
    assert!(ForeignKeys::one(key).verify::<Value>(&jws).is_ok());
    let other = ForeignKey::read(&p256("a").jwk).unwrap();
    assert!(ForeignKeys::one(other).verify::<Value>(&jws).is_err());
    // A private key in the header is none.
    let mut private = signer.jwk.clone();
    private["d"] = json!("AA");
    let header = json!({ "alg": "ES256", "jwk": private });
    let token = signer.token(header, &json!({}));
    assert!(Jws::read(&token).unwrap().own_key().is_none());
}

proptest! {
    #[test]
    fn an_altered_token_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=-]") {
        let signer = ed25519("a");
        let token = signer.token(json!({ "alg": "EdDSA" }), &json!({ "sub": "x" }));
        let at = at.index(token.len());
        let mut altered = token.clone();
        altered.replace_range(at..=at, &to);
        prop_assert_eq!(verified(&signer.keys(), &altered).is_some(), altered == token);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,300}") {
        let _ = Jws::read(&text);
        let _ = ForeignKeys::read(text.as_bytes());
    }
}
