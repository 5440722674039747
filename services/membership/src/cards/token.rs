//! The token itself: made here, read here. Pure but for the signature.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a card says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    pub membership_id: Uuid,
    pub organisation_id: Uuid,
    pub member_number: String,
    /// Seconds since 1970.
    pub issued_at: i64,
}

/// The token was not signed with a key of the platform, or not for a card.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a member card of this platform")]
pub(crate) struct Forged;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    m: String,
    o: String,
    n: String,
    iat: i64,
}

/// A key that signs cards, with its public half and its name.
#[derive(Debug)]
pub(crate) struct CardKey {
    kid: String,
    pair: Ed25519KeyPair,
    public: [u8; 32],
    /// The first part of every token made with it.
    header: String,
}

impl CardKey {
    pub(crate) fn new(pair: Ed25519KeyPair, public: [u8; 32]) -> Self {
        let kid = thumbprint(&public);
        let header = BASE64.encode(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#));
        Self {
            kid,
            pair,
            public,
            header,
        }
    }

    /// RFC 7638 thumbprint.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, 32 bytes.
    pub(crate) fn public(&self) -> &[u8; 32] {
        &self.public
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        // The four values are ASCII without quotes and backslashes, so this is what a JSON library would write, in this order.
        let payload = format!(
            r#"{{"m":"{}","o":"{}","n":"{}","iat":{}}}"#,
            BASE64.encode(claims.membership_id.as_bytes()),
            BASE64.encode(claims.organisation_id.as_bytes()),
            claims.member_number,
            claims.issued_at,
        );
        let signed = format!("{}.{}", self.header, BASE64.encode(payload));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.as_ref()))
    }

    /// The claims of a token that this key has signed. A header other than the key's own, other algorithms included, is not parsed.
    fn verify(&self, header: &str, payload: &str, signature: &str) -> Result<Claims, Forged> {
        if header != self.header {
            return Err(Forged);
        }
        let signature = BASE64.decode(signature).map_err(|_| Forged)?;
        let signed = format!("{header}.{payload}");
        UnparsedPublicKey::new(&ED25519, self.public)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| Forged)?;
        let payload: Payload = BASE64
            .decode(payload)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(Forged)?;
        Ok(Claims {
            membership_id: id(&payload.m)?,
            organisation_id: id(&payload.o)?,
            member_number: payload.n,
            issued_at: payload.iat,
        })
    }
}

/// The claims of a token that one of these keys has signed.
pub(crate) fn verify<'a>(
    keys: impl IntoIterator<Item = &'a CardKey>,
    token: &str,
) -> Result<Claims, Forged> {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Forged);
    };
    keys.into_iter()
        .find_map(|key| key.verify(header, payload, signature).ok())
        .ok_or(Forged)
}

fn id(text: &str) -> Result<Uuid, Forged> {
    BASE64
        .decode(text)
        .ok()
        .and_then(|bytes| Uuid::from_slice(&bytes).ok())
        .ok_or(Forged)
}

/// The name of a public key (RFC 7638, with the members RFC 8037 gives an OKP key).
fn thumbprint(public: &[u8; 32]) -> String {
    let jwk = format!(
        r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
        BASE64.encode(public)
    );
    BASE64.encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        jwk.as_bytes(),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_lc_rs::signature::KeyPair as _;
    use proptest::prelude::*;

    use super::*;

    fn key(seed: u8) -> CardKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let public = pair.public_key().as_ref().try_into().unwrap();
        CardKey::new(pair, public)
    }

    fn claims() -> Claims {
        Claims {
            membership_id: Uuid::from_u128(7),
            organisation_id: Uuid::from_u128(u128::MAX),
            member_number: "B200000123M".into(),
            issued_at: 1_790_000_000,
        }
    }

    #[test]
    fn a_card_says_what_was_signed_and_fits_into_a_small_code() {
        let key = key(1);
        let token = key.sign(&claims());
        assert_eq!(verify([&key], &token), Ok(claims()));
        assert!(token.len() <= 310, "{}", token.len());
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // Appendix A.3.
        let public = BASE64
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        assert_eq!(
            thumbprint(&public.try_into().unwrap()),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn the_token_is_a_jws_that_any_library_reads() {
        let key = key(1);
        let token = key.sign(&claims());
        let header: serde_json::Value =
            serde_json::from_slice(&BASE64.decode(token.split('.').next().unwrap()).unwrap())
                .unwrap();
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["kid"], key.kid());
        let payload: serde_json::Value =
            serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).unwrap()).unwrap())
                .unwrap();
        assert_eq!(payload["n"], "B200000123M");
        assert_eq!(payload.as_object().unwrap().len(), 4);
    }

    #[test]
    fn a_card_of_another_key_or_with_another_algorithm_is_forged() {
        let (ours, theirs) = (key(1), key(2));
        let token = theirs.sign(&claims());
        assert_eq!(verify([&ours], &token), Err(Forged));
        let payload = token.split('.').nth(1).unwrap();
        let none = BASE64.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, ours.kid()));
        assert_eq!(verify([&ours], &format!("{none}.{payload}.")), Err(Forged));
        // Their signature under our header.
        let signature = token.split('.').nth(2).unwrap();
        assert_eq!(
            verify([&ours], &format!("{}.{payload}.{signature}", ours.header)),
            Err(Forged)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_changed_in_a_card_makes_it_forged(at in 0usize..310, to in "[A-Za-z0-9_.-]") {
            let key = key(1);
            let token = key.sign(&claims());
            let at = at % token.len();
            let mut forged = token.clone();
            forged.replace_range(at..=at, &to);
            prop_assume!(forged != token);
            prop_assert_eq!(verify([&key], &forged), Err(Forged));
        }

        #[test]
        fn foreign_text_is_no_card(text in "\\PC{0,200}") {
            prop_assert_eq!(verify([&key(1)], &text), Err(Forged));
        }
    }
}
