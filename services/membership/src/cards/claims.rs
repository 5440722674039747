//! What a card says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The payload of a card's token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claims {
    #[serde(rename = "m", with = "signing::short_id")]
    pub membership_id: Uuid,
    #[serde(rename = "o", with = "signing::short_id")]
    pub organisation_id: Uuid,
    #[serde(rename = "n")]
    pub member_number: String,
    /// Seconds since 1970.
    #[serde(rename = "iat")]
    pub issued_at: i64,
}

/// The token was not signed with a key of the platform, or not for a card.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a member card of this platform")]
pub(crate) struct Forged;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use signing::{Invalid, Key, KeySet};
    use time::OffsetDateTime;

    use super::*;
    use crate::cards::keyring::PURPOSE;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    /// These claims, signed by another library with the key whose seed is 32 ones. Cards that people have printed are like it.
    const CARD: &str = concat!(
        "eyJhbGciOiJFZERTQSIsImtpZCI6IlVERFJlT1psMWlwWEFmcDl3WXNtMTNzREJNSzVvZy0tUVdkQmp6dWY2bzQifQ.",
        "eyJtIjoiQUFBQUFBQUFBQUFBQUFBQUFBQUFCdyIsIm8iOiJfX19fX19fX19fX19fX19fX19fX193IiwibiI6IkIyMDAwMDAxMjNNIiwiaWF0IjoxNzkwMDAwMDAwfQ.",
        "N3iDN0wekf1pfGsJi1DXQXEJdsv5ueOIf3BxcTSjGgJiumz2F2-i_LZggwm_U2vkZLNk2pl1yHcVpkH7xeowBg"
    );

    fn keys(seed: u8) -> KeySet {
        KeySet::new(vec![Key::read(&PURPOSE, &[seed; 32], None).unwrap()])
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
    fn a_card_is_what_it_always_was_and_fits_into_a_small_code() {
        let token = keys(1).sign(&claims(), NOW).unwrap();
        assert_eq!(token, CARD);
        assert_eq!(keys(1).verify(CARD), Ok(claims()));
        assert!(token.len() <= 310, "{}", token.len());
    }

    #[test]
    fn a_card_of_another_key_or_with_other_claims_is_forged() {
        assert_eq!(keys(2).verify::<Claims>(CARD), Err(Invalid));
        let more = serde_json::json!({ "m": "AAAAAAAAAAAAAAAAAAAABw", "o": "AAAAAAAAAAAAAAAAAAAABw", "n": "1", "iat": 1 });
        let token = |claims: &serde_json::Value| keys(1).sign(claims, NOW).unwrap();
        assert!(keys(1).verify::<Claims>(&token(&more)).is_ok());
        for (name, value) in [("x", "1"), ("m", "AAAA"), ("iat", "1")] {
            let mut other = more.clone();
            other[name] = value.into();
            let refused = keys(1).verify::<Claims>(&token(&other));
            assert_eq!(refused, Err(Invalid), "{name}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_changed_in_a_card_makes_it_forged(at in 0..CARD.len(), to in "[A-Za-z0-9_.-]") {
            let mut forged = CARD.to_owned();
            forged.replace_range(at..=at, &to);
            prop_assume!(forged != CARD);
            prop_assert_eq!(keys(1).verify::<Claims>(&forged), Err(Invalid));
        }

        #[test]
        fn foreign_text_is_no_card(text in "\\PC{0,200}") {
            prop_assert_eq!(keys(1).verify::<Claims>(&text), Err(Invalid));
        }
    }
}
