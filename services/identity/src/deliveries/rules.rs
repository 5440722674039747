//! When a message is tried again, and when it is given up. Pure.

use time::{Duration, OffsetDateTime};

/// Tries before a message is given up.
pub const MOST_ATTEMPTS: i32 = 8;
/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::seconds(2);
const LONGEST_PAUSE: Duration = Duration::minutes(10);
/// A worker that has not reported after this is taken for dead, and another one tries. Longer than any transport may take.
pub const LEASE: Duration = Duration::seconds(60);

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The transport has taken the message.
    Sent,
    /// Might work later. The words are kept, so no personal data in them.
    Failed(String),
    /// Never will.
    Refused(String),
}

/// What becomes of a message after a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done and its content is erased.
    Sent,
    /// It is tried again then.
    Again(OffsetDateTime, String),
    /// It is given up.
    Dead(String),
}

/// What becomes of a message after its try number `attempts`. `jitter` from 0 to 1 spreads what failed together.
pub fn after(
    outcome: Outcome,
    attempts: i32,
    expires_at: OffsetDateTime,
    jitter: f64,
    now: OffsetDateTime,
) -> Next {
    match outcome {
        Outcome::Sent => Next::Sent,
        Outcome::Refused(error) => Next::Dead(error),
        Outcome::Failed(error) if attempts >= MOST_ATTEMPTS => Next::Dead(error),
        Outcome::Failed(error) => {
            let at = now + pause(attempts, jitter);
            if at >= expires_at {
                Next::Dead(format!("{error}; nobody needs it later"))
            } else {
                Next::Again(at, error)
            }
        }
    }
}

/// Half of the doubled pause for certain, the other half by chance.
fn pause(attempts: i32, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let full = (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE);
    full / 2 + (full / 2) * jitter.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn failed() -> Outcome {
        Outcome::Failed("HTTP 503".into())
    }

    #[test]
    fn a_message_is_given_up_after_eight_tries_or_when_nobody_needs_it() {
        let late = NOW + Duration::days(1);
        assert!(matches!(
            after(failed(), 7, late, 0.5, NOW),
            Next::Again(..)
        ));
        assert_eq!(
            after(failed(), 8, late, 0.5, NOW),
            Next::Dead("HTTP 503".into())
        );
        assert!(matches!(
            after(failed(), 1, NOW + Duration::seconds(1), 1.0, NOW),
            Next::Dead(_)
        ));
        assert_eq!(
            after(Outcome::Refused("no such number".into()), 1, late, 0.0, NOW),
            Next::Dead("no such number".into())
        );
        assert_eq!(after(Outcome::Sent, 8, NOW, 0.0, NOW), Next::Sent);
    }

    proptest! {
        #[test]
        fn pauses_stay_between_half_and_all_of_what_doubling_gives(attempts in 1i32..100, jitter in -1.0f64..2.0) {
            let pause = pause(attempts, jitter);
            prop_assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE);
            prop_assert!(super::pause(attempts, 0.0) * 2 >= pause);
        }
    }
}
