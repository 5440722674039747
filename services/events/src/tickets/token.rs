//! The token of a ticket. Short, for a QR code that phones scan fast: each id takes 22 characters of base64url.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    error::TicketInvalid,
    keys::{SigningKey, VerifyingKey},
    subject::Subject,
};

const TYPE: &str = "cast-ticket";
const ALGORITHM: &str = "EdDSA";
/// Tickets have some 230 characters; a longer text is not parsed.
const MAX_CHARACTERS: usize = 400;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    #[serde(rename = "sub", with = "short_id")]
    registration_id: Uuid,
    #[serde(rename = "activity", with = "short_id")]
    activity_id: Uuid,
}

pub(super) fn encode(key: &SigningKey, subject: Subject) -> String {
    let header = Header {
        alg: ALGORITHM,
        kid: &key.key_id,
        typ: TYPE,
    };
    let payload = Payload {
        registration_id: subject.registration_id,
        activity_id: subject.activity_id,
    };
    let mut text = format!("{}.{}", json_part(&header), json_part(&payload));
    let signature = key.sign(text.as_bytes());
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    text
}

pub(super) fn decode(
    keys: &HashMap<String, VerifyingKey>,
    ticket: &str,
) -> Result<Subject, TicketInvalid> {
    read(keys, ticket).ok_or(TicketInvalid)
}

fn read(keys: &HashMap<String, VerifyingKey>, ticket: &str) -> Option<Subject> {
    if ticket.len() > MAX_CHARACTERS {
        return None;
    }
    let (signed, signature) = ticket.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header<'_> = serde_json::from_slice(&header).ok()?;
    // The algorithm is fixed and not chosen by the ticket.
    if header.alg != ALGORITHM || header.typ != TYPE {
        return None;
    }
    let key = keys.get(header.kid)?;
    if !key.verifies(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: Payload = serde_json::from_slice(&payload).ok()?;
    Some(Subject {
        registration_id: payload.registration_id,
        activity_id: payload.activity_id,
    })
}

fn json_part(part: &impl Serialize) -> String {
    // Structs of strings always have a JSON form.
    #[allow(clippy::expect_used)]
    let json = serde_json::to_vec(part).expect("strings have a JSON form");
    URL_SAFE_NO_PAD.encode(json)
}

mod short_id {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(id.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
        let text = <&str>::deserialize(from)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(D::Error::custom)?;
        Uuid::from_slice(&bytes).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use base64::engine::general_purpose::STANDARD;
    use kit::crypto::Keys;
    use proptest::prelude::*;

    use super::*;
    use crate::tickets::{keys, store::StoredKey};

    fn data_keys() -> Keys {
        Keys::parse(&format!("1:{}", STANDARD.encode([1; 32]))).unwrap()
    }

    fn ring(stored: &[&StoredKey]) -> HashMap<String, VerifyingKey> {
        stored
            .iter()
            .map(|key| (key.key_id.clone(), VerifyingKey::of(key)))
            .collect()
    }

    fn subject() -> Subject {
        Subject {
            registration_id: Uuid::now_v7(),
            activity_id: Uuid::now_v7(),
        }
    }

    #[test]
    fn a_ticket_is_short_and_has_its_subject() {
        let stored = keys::generate(&data_keys());
        let key = SigningKey::open(&stored, &data_keys()).unwrap();
        let subject = subject();
        let ticket = encode(&key, subject);
        assert!(ticket.len() < 260, "{} characters", ticket.len());
        assert_eq!(decode(&ring(&[&stored]), &ticket), Ok(subject));
        assert_eq!(encode(&key, subject), ticket);
    }

    #[test]
    fn tickets_of_another_key_or_algorithm_are_refused() {
        let (ours, theirs) = (keys::generate(&data_keys()), keys::generate(&data_keys()));
        let foreign = encode(&SigningKey::open(&theirs, &data_keys()).unwrap(), subject());
        assert_eq!(decode(&ring(&[&ours]), &foreign), Err(TicketInvalid));
        assert!(decode(&ring(&[&ours, &theirs]), &foreign).is_ok());
        // Signed by the other key, with the id of ours.
        let key = SigningKey::open(&theirs, &data_keys()).unwrap();
        for (alg, typ) in [("EdDSA", TYPE), ("none", TYPE), ("EdDSA", "JWT")] {
            let header = Header {
                alg,
                kid: &ours.key_id,
                typ,
            };
            let payload = foreign.split('.').nth(1).unwrap();
            let signed = format!("{}.{payload}", json_part(&header));
            let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
            let forged = format!("{signed}.{signature}");
            assert_eq!(decode(&ring(&[&ours]), &forged), Err(TicketInvalid));
        }
    }

    #[test]
    fn a_key_opens_only_under_its_own_id_and_data_keys() {
        let stored = keys::generate(&data_keys());
        let other = Keys::parse(&format!("1:{}", STANDARD.encode([2; 32]))).unwrap();
        assert!(matches!(
            SigningKey::open(&stored, &other),
            Err(TicketKeysError::Sealed { .. })
        ));
        let moved = StoredKey {
            key_id: "other".to_owned(),
            ..stored.clone()
        };
        assert!(SigningKey::open(&moved, &data_keys()).is_err());
        let swapped = StoredKey {
            public_key: keys::generate(&data_keys()).public_key,
            ..stored
        };
        assert!(matches!(
            SigningKey::open(&swapped, &data_keys()),
            Err(TicketKeysError::Damaged(_))
        ));
    }

    use crate::tickets::TicketKeysError;

    proptest! {
        #[test]
        fn a_ticket_with_an_altered_character_is_refused(at: prop::sample::Index, to in "[A-Za-z0-9_.-]") {
            let stored = keys::generate(&data_keys());
            let ticket = encode(&SigningKey::open(&stored, &data_keys()).unwrap(), subject());
            let at = at.index(ticket.len());
            let mut altered = ticket.clone();
            altered.replace_range(at..=at, &to);
            prop_assert_eq!(decode(&ring(&[&stored]), &altered).is_ok(), altered == ticket);
        }

        #[test]
        fn foreign_text_never_panics(text in "\\PC{0,300}") {
            let stored = keys::generate(&data_keys());
            prop_assert!(decode(&ring(&[&stored]), &text).is_err());
        }
    }
}
