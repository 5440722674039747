//! Codes that people type, and what a device is told that asks again (RFC 8628). Pure.

use database::stored_enum;
use time::{Duration, OffsetDateTime};

/// How long a person may take.
pub const LIFETIME: Duration = Duration::minutes(10);
/// A device asks no more often at first.
pub const INTERVAL_SECONDS: i32 = 5;
/// One that does has to wait so much longer each time (section 3.5).
pub const SLOWER_SECONDS: i32 = 5;

/// Without vowels, so that no words come of it (section 6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// 20 to the 8 are 25 thousand millions.
const LENGTH: usize = 8;

/// A code for these random bytes, every one as likely as the next; `None` if too many of them are of no use.
pub fn user_code(random: [u8; 32]) -> Option<String> {
    // 240 is the largest multiple of 20 in a byte.
    let fair = random.into_iter().filter(|byte| *byte < 240);
    let letters = fair.map(|byte| char::from(ALPHABET[usize::from(byte % 20)]));
    let code: String = letters.take(LENGTH).collect();
    (code.len() == LENGTH).then_some(code)
}

/// A code as it is shown: `BCDF-GHJK`.
pub fn spaced(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

/// Whether a text, as it was read, can be a code.
pub fn is_code(read: &str) -> bool {
    read.len() == LENGTH && read.bytes().all(|byte| ALPHABET.contains(&byte))
}

stored_enum! {
    /// What the person has decided.
    pub enum State {
        /// Nothing yet.
        Pending = "pending",
        /// The device gets tokens.
        Approved = "approved",
        /// It gets none.
        Refused = "refused",
    }
}

/// A sign-in as a device finds it.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// What the person has decided.
    pub state: State,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// When the device last asked.
    pub asked_at: Option<OffsetDateTime>,
    /// How long it has to wait in between.
    pub interval: Duration,
}

/// What a device is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// To ask again.
    Pending,
    /// To ask again, and less often.
    SlowDown,
    /// No.
    Refused,
    /// Too late.
    Expired,
    /// Here are the tokens.
    Issue,
}

/// What a device is told that asks now.
pub fn poll(waiting: &Waiting, now: OffsetDateTime) -> Poll {
    if now >= waiting.expires_at {
        return Poll::Expired;
    }
    // A clock of another replica may be a little ahead.
    let soon = |asked: OffsetDateTime| now + Duration::SECOND < asked + waiting.interval;
    match waiting.state {
        State::Approved => Poll::Issue,
        State::Refused => Poll::Refused,
        State::Pending if waiting.asked_at.is_some_and(soon) => Poll::SlowDown,
        State::Pending => Poll::Pending,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    #[test]
    fn a_device_waits_for_the_person_and_between_its_questions() {
        let of = |state, asked: Option<i64>| Waiting {
            state,
            expires_at: NOW + LIFETIME,
            asked_at: asked.map(|ago| NOW - Duration::seconds(ago)),
            interval: Duration::seconds(5),
        };
        for (state, asked, told) in [
            (State::Pending, None, Poll::Pending),
            (State::Pending, Some(5), Poll::Pending),
            (State::Pending, Some(3), Poll::SlowDown),
            (State::Approved, Some(0), Poll::Issue),
            (State::Refused, Some(0), Poll::Refused),
        ] {
            assert_eq!(poll(&of(state, asked), NOW), told, "{state:?} {asked:?}");
            let late = poll(&of(state, asked), NOW + LIFETIME);
            assert_eq!(late, Poll::Expired);
        }
    }

    #[test]
    fn a_code_is_shown_in_two_halves() {
        assert_eq!(spaced("BCDFGHJK"), "BCDF-GHJK");
        for no in [
            "",
            "BCDF-GHJK",
            "ABCDEFGH",
            "BCDFGHJ",
            "bcdfghjk",
            "BCDFGHJKL",
        ] {
            assert!(!is_code(no), "{no}");
        }
        assert_eq!(user_code([255; 32]), None);
    }

    proptest! {
        #[test]
        fn what_is_made_is_a_code(random in any::<[u8; 32]>()) {
            if let Some(code) = user_code(random) {
                prop_assert!(is_code(&code));
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,20}") {
            let _ = (spaced(&text), is_code(&text));
        }
    }
}
