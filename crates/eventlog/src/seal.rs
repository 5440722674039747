//! Authentication of messages. A client that may write to NATS, through wrong permissions or a stolen password, can put
//! any message on any subject; a consumer accepts those with a valid seal of the source, and reads all other events
//! from the log.

use aws_lc_rs::hmac;

use crate::event::Event;

/// Header of a message: the seal in hexadecimal.
pub(crate) const HEADER: &str = "cast-seal";
/// Identifies the sealed form; a new form gets a new name.
const FORM: &[u8] = b"cast.event.v1";

/// Signs the events of a source and verifies those of others: HMAC-SHA-256 under keys derived from the shared secret.
#[derive(Clone, Debug)]
pub struct Seals {
    signing: hmac::Key,
    accepted: Vec<hmac::Key>,
}

impl Seals {
    /// Signs with `secret`; accepts it and `also_accepted`, so that the secret can be rotated without downtime.
    pub fn new(secret: &[u8], also_accepted: Option<&[u8]>) -> Self {
        let signing = key(secret);
        let also = also_accepted.map(key);
        Self {
            accepted: [signing.clone()].into_iter().chain(also).collect(),
            signing,
        }
    }

    /// The seal of an event as in the log.
    pub(crate) fn seal(&self, event: &Event) -> String {
        let tag = hmac::sign(&self.signing, &form(event));
        tag.as_ref()
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Whether `seal` is a valid seal of this event under an accepted key.
    pub(crate) fn holds(&self, event: &Event, seal: &str) -> bool {
        let Some(tag) = unhex(seal) else {
            return false;
        };
        let form = form(event);
        self.accepted
            .iter()
            .any(|key| hmac::verify(key, &form, &tag).is_ok())
    }
}

/// Derived, because the secret has other uses.
fn key(secret: &[u8]) -> hmac::Key {
    let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let derived = hmac::sign(&secret, b"cast.eventlog.seal");
    hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Everything a handler uses. Each part of variable length is preceded by its length, so that no bytes can move between
/// parts.
fn form(event: &Event) -> Vec<u8> {
    let mut form = Vec::with_capacity(160 + event.payload.len());
    for part in [
        FORM,
        event.source.as_bytes(),
        &event.position.to_be_bytes(),
        event.id.as_bytes(),
        event.aggregate.as_bytes(),
        event.aggregate_id.as_bytes(),
        event.event_type.as_bytes(),
        // PostgreSQL stores microseconds.
        &(event.occurred_at.unix_timestamp_nanos() / 1_000).to_be_bytes(),
        &event.payload,
    ] {
        form.extend_from_slice(&(part.len() as u64).to_be_bytes());
        form.extend_from_slice(part);
    }
    form
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;
    use time::{Duration, macros::datetime};
    use uuid::Uuid;

    use super::*;

    fn event() -> Event {
        Event {
            position: 42,
            id: Uuid::now_v7(),
            source: "identity".to_owned(),
            aggregate: "Grant".to_owned(),
            aggregate_id: Uuid::now_v7(),
            event_type: "GrantGiven".to_owned(),
            payload: Bytes::from_static(b"\x08\x01"),
            occurred_at: datetime!(2026-03-01 08:30:00.123456 UTC),
            traceparent: None,
        }
    }

    #[test]
    fn a_seal_holds_for_its_event_and_no_other() {
        let seals = Seals::new(b"the secret of the services", None);
        let event = event();
        let seal = seals.seal(&event);
        assert!(seals.holds(&event, &seal));
        let others = [
            Event {
                position: 43,
                ..event.clone()
            },
            Event {
                id: Uuid::now_v7(),
                ..event.clone()
            },
            Event {
                source: "membership".to_owned(),
                ..event.clone()
            },
            Event {
                aggregate: "Person".to_owned(),
                ..event.clone()
            },
            Event {
                aggregate_id: Uuid::now_v7(),
                ..event.clone()
            },
            Event {
                event_type: "GrantRevoked".to_owned(),
                ..event.clone()
            },
            Event {
                payload: Bytes::from_static(b"\x08\x02"),
                ..event.clone()
            },
            Event {
                occurred_at: event.occurred_at + Duration::MICROSECOND,
                ..event.clone()
            },
            // The same bytes with another boundary.
            Event {
                aggregate: "GrantG".to_owned(),
                event_type: "iven".to_owned(),
                ..event.clone()
            },
        ];
        for other in others {
            assert!(!seals.holds(&other, &seal), "{other:?}");
        }
        // "ä" is two bytes long: neither counting characters nor cutting bytes in pairs may accept it, or panic.
        for wrong in [
            "",
            "00",
            &seal[1..],
            &format!("{}ä", &seal[1..]),
            &format!("{}ä", &seal[2..]),
            &"0".repeat(64),
        ] {
            assert!(!seals.holds(&event, wrong), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_changed_in_three_steps_without_a_refusal() {
        let (old, new) = (b"the old secret".as_slice(), b"the new secret".as_slice());
        let steps = [
            Seals::new(old, None),
            Seals::new(old, Some(new)),
            Seals::new(new, Some(old)),
            Seals::new(new, None),
        ];
        let event = event();
        for pair in steps.windows(2) {
            assert!(pair[0].holds(&event, &pair[1].seal(&event)));
            assert!(pair[1].holds(&event, &pair[0].seal(&event)));
        }
        assert!(!steps[3].holds(&event, &steps[0].seal(&event)));
    }
}
