//! Who answers for a child, and what follows from what they say. Pure.

use database::stored_enum;
use proto_identity::v1::GuardianshipState;
use time::Date;

use crate::resident_id::age::{self, Group};

/// Letters and digits that are not mistaken for others: 32 of them, 5 bits each.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Characters of a code: 60 bits. It cannot be guessed in the time it is good for, by however many accounts, so no limit that could be
/// used to keep a guardian out is needed.
pub const CODE_LENGTH: usize = 12;
/// How long a child's code is good for.
pub const CODE_LIFETIME: time::Duration = time::Duration::hours(24);
/// For how many children one person may answer at the same time. A family has room in it; a trade in consents has not.
pub const MOST_WARDS: i64 = 10;
/// Version of the text the guardian agrees to. Change it with the text.
pub const CONSENT_TEXT: &str = "guardian/2026-11";

/// A code for these random bytes.
pub fn code(random: [u8; CODE_LENGTH]) -> String {
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte % 32)]);
    random.into_iter().map(letter).collect()
}

/// A code as people are shown it: `ABCD-EFGH-JKLM`.
pub fn spaced(code: &str) -> String {
    let mut spaced = String::new();
    for (at, letter) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            spaced.push('-');
        }
        spaced.push(letter);
    }
    spaced
}

/// Whether a code, as it was read, can be one.
pub fn is_code(read: &str) -> bool {
    read.len() == CODE_LENGTH && read.bytes().all(|byte| ALPHABET.contains(&byte))
}

stored_enum! {
    /// Where a guardianship stands.
    pub enum State: GuardianshipState {
        /// The guardian has entered the child's code.
        Requested = "requested",
        /// The guardian has confirmed and consented.
        Confirmed = "confirmed",
        /// The guardian has said no.
        Refused = "refused",
        /// The guardian has taken the consent back.
        Withdrawn = "withdrawn",
        /// Overtaken by something else the child did, before it was answered.
        Superseded = "superseded",
    }
}

/// What a guardian says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// I am the guardian, and I agree.
    Confirm,
    /// I am not, or I do not.
    Refuse,
    /// I no longer agree.
    Withdraw,
}

/// Why something about a guardianship is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardianError {
    /// The person is verified, or has not proved who they are, or is old enough to decide alone.
    #[error("no guardian is needed")]
    NotNeeded,
    /// No such code, or no longer.
    #[error("the code is wrong or void")]
    CodeWrong,
    /// Not verified, or not of age.
    #[error("not a verified adult")]
    NotEligible,
    /// Answers for [`MOST_WARDS`] children already.
    #[error("answers for too many children already")]
    TooMany,
    /// None of the caller's.
    #[error("no such ward")]
    NotFound,
    /// It does not go from this state to that.
    #[error("is {}, cannot become {}", .0.as_str(), .1.as_str())]
    State(State, State),
}

/// The state after a decision; `None` if it is that already.
pub fn decide(state: State, decision: Decision) -> Result<Option<State>, GuardianError> {
    let (from, to) = match decision {
        Decision::Confirm => (State::Requested, State::Confirmed),
        Decision::Refuse => (State::Requested, State::Refused),
        Decision::Withdraw => (State::Confirmed, State::Withdrawn),
    };
    if state == to {
        Ok(None)
    } else if state == from {
        Ok(Some(to))
    } else {
        Err(GuardianError::State(state, to))
    }
}

/// Whether a person may answer for a child: a verified adult.
pub fn may_answer(verified: bool, born: Option<Date>, today: Date) -> Result<(), GuardianError> {
    let adult = born.is_some_and(|born| age::group(born, today) == Group::Adult);
    if verified && adult {
        Ok(())
    } else {
        Err(GuardianError::NotEligible)
    }
}

/// Whether a person needs a guardian: their verification waits, and they are under 14.
pub fn needs_guardian(waits: bool, born: Option<Date>, today: Date) -> Result<(), GuardianError> {
    let child = born.is_some_and(|born| age::group(born, today) == Group::Child);
    if waits && child {
        Ok(())
    } else {
        Err(GuardianError::NotNeeded)
    }
}

/// Whether the end of a guardianship suspends the verification: from 14 on the person's own consent carries it.
pub fn suspends(verified: bool, born: Option<Date>, today: Date) -> bool {
    verified && born.is_some_and(|born| age::group(born, today) == Group::Child)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 21);
    const CHILD: Date = date!(2015 - 01 - 01);
    const YOUTH: Date = date!(2010 - 01 - 01);
    const ADULT: Date = date!(1985 - 01 - 01);

    #[test]
    fn a_verified_adult_answers_and_nobody_else() {
        assert_eq!(may_answer(true, Some(ADULT), TODAY), Ok(()));
        for (verified, born) in [
            (false, Some(ADULT)),
            (true, Some(YOUTH)),
            (true, Some(CHILD)),
            (true, None),
            (false, None),
        ] {
            let refused = may_answer(verified, born, TODAY);
            assert_eq!(refused, Err(GuardianError::NotEligible));
        }
    }

    #[test]
    fn who_waits_and_is_under_14_needs_a_guardian() {
        assert_eq!(needs_guardian(true, Some(CHILD), TODAY), Ok(()));
        for (waits, born) in [(false, Some(CHILD)), (true, Some(YOUTH)), (true, None)] {
            let refused = needs_guardian(waits, born, TODAY);
            assert_eq!(refused, Err(GuardianError::NotNeeded));
        }
        assert!(suspends(true, Some(CHILD), TODAY));
        assert!(!suspends(true, Some(YOUTH), TODAY), "decides alone by now");
    }

    #[test]
    fn what_was_answered_is_not_answered_otherwise() {
        use {Decision::*, State::*};
        for (state, decision, outcome) in [
            (Requested, Confirm, Ok(Some(Confirmed))),
            (Confirmed, Confirm, Ok(None)),
            (
                Refused,
                Confirm,
                Err(GuardianError::State(Refused, Confirmed)),
            ),
            (
                Withdrawn,
                Confirm,
                Err(GuardianError::State(Withdrawn, Confirmed)),
            ),
            (
                Superseded,
                Confirm,
                Err(GuardianError::State(Superseded, Confirmed)),
            ),
            (Requested, Refuse, Ok(Some(Refused))),
            (Refused, Refuse, Ok(None)),
            (
                Confirmed,
                Refuse,
                Err(GuardianError::State(Confirmed, Refused)),
            ),
            (Confirmed, Withdraw, Ok(Some(Withdrawn))),
            (Withdrawn, Withdraw, Ok(None)),
            (
                Requested,
                Withdraw,
                Err(GuardianError::State(Requested, Withdrawn)),
            ),
        ] {
            assert_eq!(decide(state, decision), outcome);
        }
    }

    proptest! {
        #[test]
        fn a_code_is_read_as_it_is_shown(random: [u8; CODE_LENGTH]) {
            let code = code(random);
            prop_assert!(is_code(&code) && !is_code(&code[1..]));
            let shown = spaced(&code);
            for typed in [shown.clone(), format!(" {} ", shown.to_lowercase().replace('-', " - "))] {
                prop_assert_eq!(text::number(&typed), code.clone());
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = is_code(&text);
        }
    }
}
