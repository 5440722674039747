//! Tickets: the token in the QR code of a registration. A JWS in compact form (RFC 7515) signed with Ed25519 (RFC 8037) by the
//! service's own key. It names the registration and the activity and has no personal data.

mod error;
mod store;
mod subject;

use kit::{clock::Clock, crypto::Keys, db::Db, errors::Result};
use signing::{KeyId, Keyring, Kind, Purpose, Typ};
use time::Duration;

pub use error::TicketInvalid;
pub use subject::Subject;

/// Tickets do not expire; their activity ends.
static PURPOSE: Purpose = Purpose {
    name: "events.ticket-key",
    kind: Kind::Ed25519Seed,
    key_id: KeyId::Prefix,
    typ: Typ::Last("cast-ticket"),
    visible_for: Duration::hours(1),
    outlives: None,
};

/// Issues and verifies tickets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tickets(Keyring);

impl Tickets {
    /// Loads the keys; makes the first one if there is none. Replicas that start at the same time load the same key.
    pub async fn load(db: &Db, keys: &Keys, clock: &Clock) -> anyhow::Result<Self> {
        let keyring = Keyring::load(&PURPOSE, store::TicketKeys, db, keys, clock).await?;
        Ok(Self(keyring))
    }

    /// The keys that sign tickets.
    pub fn keyring(&self) -> &Keyring {
        &self.0
    }

    /// The ticket of a registration. The same for a registration as long as the signing key stays the same.
    pub fn issue(&self, subject: Subject) -> Result<String> {
        Ok(self.0.sign(&subject)?)
    }

    /// The subject of a ticket, if it is signed by one of the keys.
    pub fn read(&self, ticket: &str) -> Result<Subject, TicketInvalid> {
        self.0.verify(ticket).map_err(|_| TicketInvalid)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use signing::{Invalid, Key, KeySet};
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    /// This subject, signed by another library with the key whose seed is 32 ones. Tickets that people have are like it.
    const TICKET: &str = concat!(
        "eyJhbGciOiJFZERTQSIsImtpZCI6ImlvamozWFFKIiwidHlwIjoiY2FzdC10aWNrZXQifQ.",
        "eyJzdWIiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUJ3IiwiYWN0aXZpdHkiOiJfX19fX19fX19fX19fX19fX19fX193In0.",
        "vGePFo7DvQ4sP7EVdmdMHpjostkUuDDElXHJeob4HH8ufq3whxu5IktGOjJkd3OnTBoW5qVDYepLXL9OZxzHAQ"
    );

    fn keys(seed: u8) -> KeySet {
        KeySet::new(vec![Key::read(&PURPOSE, &[seed; 32], None).unwrap()])
    }

    fn subject() -> Subject {
        Subject {
            registration_id: Uuid::from_u128(7),
            activity_id: Uuid::from_u128(u128::MAX),
        }
    }

    #[test]
    fn a_ticket_is_what_it_always_was_and_short() {
        let ticket = keys(1).sign(&subject(), NOW).unwrap();
        assert_eq!(ticket, TICKET);
        assert_eq!(keys(1).verify(TICKET), Ok(subject()));
        assert!(ticket.len() < 260, "{} characters", ticket.len());
    }

    #[test]
    fn a_ticket_of_another_key_or_with_other_claims_is_refused() {
        assert_eq!(keys(2).verify::<Subject>(TICKET), Err(Invalid));
        let id = "AAAAAAAAAAAAAAAAAAAABw";
        for (claims, fits) in [
            (serde_json::json!({ "sub": id, "activity": id }), true),
            (serde_json::json!({ "sub": id }), false),
            (serde_json::json!({ "sub": id, "activity": "AAAA" }), false),
            (
                serde_json::json!({ "sub": id, "activity": id, "x": id }),
                false,
            ),
        ] {
            let ticket = keys(1).sign(&claims, NOW).unwrap();
            assert_eq!(keys(1).verify::<Subject>(&ticket).is_ok(), fits, "{claims}");
        }
    }

    proptest! {
        #[test]
        fn a_ticket_with_an_altered_character_is_refused(at in 0..TICKET.len(), to in "[A-Za-z0-9_.-]") {
            let mut altered = TICKET.to_owned();
            altered.replace_range(at..=at, &to);
            prop_assert_eq!(keys(1).verify::<Subject>(&altered).is_ok(), altered == TICKET);
        }

        #[test]
        fn foreign_text_never_panics(text in "\\PC{0,300}") {
            prop_assert!(keys(1).verify::<Subject>(&text).is_err());
        }
    }
}
