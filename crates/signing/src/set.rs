//! The keys at one moment, and the tokens that they sign and verify.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use kit::errors::Problem;
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use crate::{jwk::Jwk, key::Key};

/// A longer text is not looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The keys that are published now, the oldest first.
#[derive(Debug)]
pub struct KeySet(Vec<Key>);

/// The text is not a token that one of the keys has signed for this purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token of this purpose")]
pub struct Invalid;

/// Why a token cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The set has no key.
    #[error("there is no key")]
    NoKey,
    /// The claims have no JSON form.
    #[error("the claims have no JSON form")]
    Claims(#[from] serde_json::Error),
    /// The key does not sign.
    #[error("the key does not sign")]
    Key,
}

impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        Self::internal(error)
    }
}

impl KeySet {
    /// These keys, the oldest first.
    pub fn new(keys: Vec<Key>) -> Self {
        Self(keys)
    }

    /// A token with these claims, signed with the newest key whose time has come.
    pub fn sign(&self, claims: &impl Serialize, now: OffsetDateTime) -> Result<String, SignError> {
        let key = self.signing(now).ok_or(SignError::NoKey)?;
        sign(key, &key.header, claims)
    }

    /// The same with another `typ` in the header.
    pub fn sign_as(
        &self,
        typ: &'static str,
        claims: &impl Serialize,
        now: OffsetDateTime,
    ) -> Result<String, SignError> {
        let key = self.signing(now).ok_or(SignError::NoKey)?;
        sign(key, &key.header_of(typ), claims)
    }

    /// The claims of a token that one of the keys has signed.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, Invalid> {
        self.read(token, |key, header| key.header == header)
            .ok_or(Invalid)
    }

    /// The claims of a token that one of the keys has signed with another `typ` ([`sign_as`](Self::sign_as)).
    pub fn verify_as<T: DeserializeOwned>(
        &self,
        typ: &'static str,
        token: &str,
    ) -> Result<T, Invalid> {
        self.read(token, |key, header| key.header_of(typ) == header)
            .ok_or(Invalid)
    }

    /// The public keys, the oldest first.
    pub fn jwks(&self) -> Vec<Jwk> {
        self.0.iter().map(Key::jwk).collect()
    }

    fn signing(&self, now: OffsetDateTime) -> Option<&Key> {
        let begun = |key: &&Key| key.signs_from.is_none_or(|from| from <= now);
        // If no time has come (a clock that is behind, a successor whose predecessor is retired), the oldest signs.
        self.0.iter().rfind(begun).or(self.0.first())
    }

    fn read<T: DeserializeOwned>(
        &self,
        token: &str,
        is_of: impl Fn(&Key, &str) -> bool,
    ) -> Option<T> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signed = &token[..header.len() + 1 + payload.len()];
        let key = self.0.iter().find(|key| is_of(key, header))?;
        if !key.verifies(signed, signature) {
            return None;
        }
        let payload = BASE64.decode(payload).ok()?;
        serde_json::from_slice(&payload).ok()
    }
}

fn sign(key: &Key, header: &str, claims: &impl Serialize) -> Result<String, SignError> {
    let claims = serde_json::to_vec(claims)?;
    let mut token = format!("{header}.{}", BASE64.encode(claims));
    let signature = key.sign(token.as_bytes()).map_err(|_| SignError::Key)?;
    token.push('.');
    BASE64.encode_string(signature, &mut token);
    Ok(token)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::{
        key::generate,
        purpose::{KeyId, Kind, Purpose, Typ},
    };

    const NOW: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);
    const ACCESS: Purpose = purpose(Kind::Ed25519, KeyId::Thumbprint, Typ::First("at+jwt"));
    const CARD: Purpose = purpose(Kind::Ed25519Seed, KeyId::Thumbprint, Typ::Absent);
    const TICKET: Purpose = purpose(Kind::Ed25519Seed, KeyId::Prefix, Typ::Last("ticket"));
    const ID: Purpose = purpose(Kind::Rsa2048, KeyId::Thumbprint, Typ::First("JWT"));
    const P256: Purpose = purpose(Kind::P256, KeyId::Thumbprint, Typ::First("JWT"));

    const fn purpose(kind: Kind, key_id: KeyId, typ: Typ) -> Purpose {
        Purpose {
            name: "test",
            kind,
            key_id,
            typ,
            visible_for: Duration::DAY,
            outlives: None,
        }
    }

    /// A key of bytes, that signs from this moment.
    fn key(purpose: &Purpose, seed: u8, signs_from: Option<OffsetDateTime>) -> Key {
        Key::read(purpose, &[seed; 32], signs_from).unwrap()
    }

    fn new_set(purpose: &Purpose) -> KeySet {
        let private = generate(purpose.kind).unwrap();
        KeySet::new(vec![Key::read(purpose, &private, None).unwrap()])
    }

    fn header_of(token: &str) -> String {
        let header = token.split('.').next().unwrap();
        String::from_utf8(BASE64.decode(header).unwrap()).unwrap()
    }

    #[test]
    fn a_token_of_another_type_is_signed_and_not_taken_for_one_of_the_purpose() {
        let set = new_set(&ID);
        let token = set
            .sign_as("logout+jwt", &json!({ "sub": "x" }), NOW)
            .unwrap();
        let header: Value = serde_json::from_str(&header_of(&token)).unwrap();
        assert_eq!(
            (&header["typ"], &header["alg"]),
            (&json!("logout+jwt"), &json!("RS256"))
        );
        assert_eq!(set.verify::<Value>(&token), Err(Invalid));
        assert_eq!(set.verify_as::<Value>("JWT", &token), Err(Invalid));
        assert!(set.verify_as::<Value>("logout+jwt", &token).is_ok());
        assert!(
            set.verify::<Value>(&set.sign(&json!({}), NOW).unwrap())
                .is_ok()
        );
    }

    #[test]
    fn every_purpose_signs_with_its_own_header() {
        let claims = json!({ "sub": "x" });
        for (purpose, before, after) in [
            (&ACCESS, r#"{"typ":"at+jwt","alg":"EdDSA","kid":""#, r#""}"#),
            (&CARD, r#"{"alg":"EdDSA","kid":""#, r#""}"#),
            (&TICKET, r#"{"alg":"EdDSA","kid":""#, r#"","typ":"ticket"}"#),
            (&ID, r#"{"typ":"JWT","alg":"RS256","kid":""#, r#""}"#),
            (&P256, r#"{"typ":"JWT","alg":"ES256","kid":""#, r#""}"#),
        ] {
            let set = new_set(purpose);
            let token = set.sign(&claims, NOW).unwrap();
            let kid = set.jwks()[0].kid.clone();
            assert_eq!(header_of(&token), format!("{before}{kid}{after}"));
            assert_eq!(set.verify::<Value>(&token), Ok(claims.clone()));
        }
    }

    #[test]
    fn another_library_verifies_with_the_published_key() {
        for purpose in [&ACCESS, &CARD, &ID, &P256] {
            let set = new_set(purpose);
            let token = set.sign(&json!({ "sub": "x" }), NOW).unwrap();
            let jwk = serde_json::to_value(set.jwks().remove(0)).unwrap();
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwk).unwrap();
            let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!(header.kid, jwk.common.key_id);
            let mut validation = jsonwebtoken::Validation::new(header.alg);
            validation.set_required_spec_claims::<&str>(&[]);
            let token = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
            assert_eq!(token.claims["sub"], "x");
        }
    }

    #[test]
    fn neither_algorithm_nor_type_nor_key_is_chosen_by_the_token() {
        let (ours, theirs) = (key(&ACCESS_SEED, 1, None), key(&ACCESS_SEED, 2, None));
        let kid = ours.kid.clone();
        let set = KeySet::new(vec![ours]);
        let payload = BASE64.encode(r#"{"sub":"x"}"#);
        let with = |header: &str, by: &Key| {
            let signed = format!("{}.{payload}", BASE64.encode(header));
            let signature = BASE64.encode(by.sign(signed.as_bytes()).unwrap());
            format!("{signed}.{signature}")
        };
        let own = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}"}}"#);
        assert!(set.verify::<Value>(&with(&own, &set.0[0])).is_ok());
        // Their signature under our header.
        assert_eq!(set.verify::<Value>(&with(&own, &theirs)), Err(Invalid));
        // Our signature under another header.
        for header in [
            format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","alg":"RS256","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","alg":"none","kid":"{kid}"}}"#),
            format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, theirs.kid),
            format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}","jwk":{{}}}}"#),
        ] {
            let forged = with(&header, &set.0[0]);
            assert_eq!(set.verify::<Value>(&forged), Err(Invalid), "{header}");
            let unsigned = format!("{}.{payload}.", BASE64.encode(&header));
            assert_eq!(set.verify::<Value>(&unsigned), Err(Invalid), "{header}");
        }
    }

    const ACCESS_SEED: Purpose =
        purpose(Kind::Ed25519Seed, KeyId::Thumbprint, Typ::First("at+jwt"));

    #[test]
    fn a_token_has_three_parts_and_a_bounded_length() {
        let set = KeySet::new(vec![key(&CARD, 1, None)]);
        let token = set.sign(&json!({}), NOW).unwrap();
        let two = token.rsplit_once('.').unwrap().0;
        for wrong in [
            "",
            ".",
            "..",
            two,
            &format!("{token}."),
            &format!(".{token}"),
        ] {
            assert_eq!(set.verify::<Value>(wrong), Err(Invalid), "{wrong}");
        }
        let long = |bytes| set.sign(&json!({ "a": "a".repeat(bytes) }), NOW).unwrap();
        assert!(set.verify::<Value>(&long(5_900)).is_ok());
        assert_eq!(set.verify::<Value>(&long(6_100)), Err(Invalid));
    }

    #[test]
    fn a_new_key_is_visible_before_it_signs_and_an_old_one_verifies_until_it_is_retired() {
        let (old, new) = (
            || key(&CARD, 1, None),
            || key(&CARD, 2, Some(NOW + Duration::DAY)),
        );
        let (before, during, after) = (
            KeySet::new(vec![old()]),
            KeySet::new(vec![old(), new()]),
            KeySet::new(vec![new()]),
        );
        let claims = json!({ "n": 1 });
        let first = before.sign(&claims, NOW).unwrap();
        // Published, and the old one still signs.
        assert_eq!(during.jwks().len(), 2);
        let moment = NOW + Duration::DAY - Duration::MICROSECOND;
        assert_eq!(during.sign(&claims, moment).unwrap(), first);
        // It signs, and replicas that have seen it verify.
        let second = during.sign(&claims, NOW + Duration::DAY).unwrap();
        assert!(header_of(&second).contains(&new().kid));
        assert!(during.verify::<Value>(&first).is_ok());
        assert!(during.verify::<Value>(&second).is_ok());
        assert_eq!(before.verify::<Value>(&second), Err(Invalid));
        // The old one is retired.
        assert_eq!(after.verify::<Value>(&first), Err(Invalid));
        assert!(after.verify::<Value>(&second).is_ok());
        // Retired early, its successor signs at once.
        assert_eq!(after.sign(&claims, NOW).unwrap(), second);
    }

    #[test]
    fn a_set_without_a_key_signs_and_verifies_nothing() {
        let (none, some) = (KeySet::new(vec![]), KeySet::new(vec![key(&CARD, 1, None)]));
        assert!(matches!(none.sign(&json!({}), NOW), Err(SignError::NoKey)));
        let token = some.sign(&json!({}), NOW).unwrap();
        assert_eq!(none.verify::<Value>(&token), Err(Invalid));
    }

    proptest! {
        #[test]
        fn an_altered_token_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=-]", typed in any::<bool>()) {
            let set = KeySet::new(vec![key(if typed { &TICKET } else { &CARD }, 1, None)]);
            let token = set.sign(&json!({ "sub": "x", "iat": 1 }), NOW).unwrap();
            let at = at.index(token.len());
            let mut altered = token.clone();
            altered.replace_range(at..=at, &to);
            prop_assert_eq!(set.verify::<Value>(&altered).is_ok(), altered == token);
        }

        #[test]
        fn a_token_of_another_key_is_refused(ours in any::<u8>(), theirs in any::<u8>()) {
            let (here, there) = (KeySet::new(vec![key(&TICKET, ours, None)]), KeySet::new(vec![key(&TICKET, theirs, None)]));
            let token = there.sign(&json!({}), NOW).unwrap();
            prop_assert_eq!(here.verify::<Value>(&token).is_ok(), ours == theirs);
        }

        #[test]
        fn foreign_text_is_refused(text in "\\PC{0,300}") {
            let set = KeySet::new(vec![key(&CARD, 1, None)]);
            prop_assert_eq!(set.verify::<Value>(&text), Err(Invalid));
        }

        #[test]
        fn what_was_signed_is_read(text in "\\PC{0,300}", number in any::<i64>()) {
            let set = KeySet::new(vec![key(&TICKET, 1, None)]);
            let claims = json!({ "text": text, "number": number });
            prop_assert_eq!(set.verify::<Value>(&set.sign(&claims, NOW).unwrap()), Ok(claims));
        }
    }
}
