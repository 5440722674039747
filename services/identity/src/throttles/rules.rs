//! How failures slow down the next attempts. Pure.
//!
//! An attempt is booked as a failure before it is carried out and taken back if it succeeds, so a hundred attempts at once do not
//! get a hundred guesses. Attempts during a pause are refused and change nothing: an attacker cannot prolong the pause for
//! the owner, and whoever has a live session is not affected by any of this.

use time::{Duration, OffsetDateTime};

/// How patient we are.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// So many failures cost nothing.
    pub free: i32,
    /// The first pause; each further failure doubles it.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// After each such time without a failure, one is forgotten.
    pub forget: Duration,
}

/// For one sign-in address.
pub const ADDRESS: Policy = Policy {
    free: 5,
    first: Duration::seconds(2),
    longest: Duration::minutes(15),
    forget: Duration::minutes(10),
};

/// For one origin, which may be a campus with thousands of people.
pub const ORIGIN: Policy = Policy {
    free: 100,
    first: Duration::seconds(1),
    longest: Duration::minutes(15),
    forget: Duration::seconds(20),
};

/// For one account that names its own password wrong when changing it, or one person whose verification does not match.
pub const OWN: Policy = Policy {
    free: 5,
    first: Duration::seconds(5),
    longest: Duration::minutes(30),
    forget: Duration::minutes(10),
};

/// What is remembered of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Failures not yet forgotten, as of `last_failure_at`.
    pub failures: i32,
    /// When the last one was booked.
    pub last_failure_at: OffsetDateTime,
    /// Until then attempts are refused.
    pub blocked_until: OffsetDateTime,
}

/// Books an attempt, or says how long to wait.
pub fn book(policy: Policy, state: Option<State>, now: OffsetDateTime) -> Result<State, Duration> {
    let wait = state.map_or(Duration::ZERO, |s| s.blocked_until - now);
    if wait > Duration::ZERO {
        return Err(wait);
    }
    let failures = remembered(policy, state, now).saturating_add(1);
    Ok(State {
        failures,
        last_failure_at: now,
        blocked_until: now + pause(policy, failures),
    })
}

/// Takes one booking back, because the attempt succeeded.
pub fn take_back(policy: Policy, state: State) -> State {
    let failures = (state.failures - 1).max(0);
    State {
        failures,
        blocked_until: state.last_failure_at + pause(policy, failures),
        ..state
    }
}

/// The pause that so many failures earn.
fn pause(policy: Policy, failures: i32) -> Duration {
    let over = failures - policy.free;
    if over <= 0 {
        return Duration::ZERO;
    }
    // 2^20 seconds is beyond any longest pause; more would overflow.
    let doublings = u32::try_from(over - 1).unwrap_or(0).min(20);
    (policy.first * 2_i32.pow(doublings)).min(policy.longest)
}

fn remembered(policy: Policy, state: Option<State>, now: OffsetDateTime) -> i32 {
    let Some(state) = state else { return 0 };
    let quiet = (now - state.last_failure_at).max(Duration::ZERO);
    let forgotten = quiet.whole_seconds() / policy.forget.whole_seconds().max(1);
    state
        .failures
        .saturating_sub(i32::try_from(forgotten).unwrap_or(i32::MAX))
        .max(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn policies() -> impl Strategy<Value = Policy> {
        prop::sample::select(vec![ADDRESS, ORIGIN, OWN])
    }

    #[test]
    fn the_sixth_wrong_password_for_an_address_costs_two_seconds_and_the_next_ones_double() {
        let (mut state, mut now, mut pauses) = (None, NOW, Vec::new());
        for _ in 0..9 {
            let booked = book(ADDRESS, state, now).unwrap();
            pauses.push((booked.blocked_until - now).whole_seconds());
            now = booked.blocked_until;
            state = Some(booked);
        }
        assert_eq!(pauses, [0, 0, 0, 0, 0, 2, 4, 8, 16]);
    }

    proptest! {
        #[test]
        fn pauses_grow_and_have_a_limit(policy in policies(), failures in 0i32..5_000) {
            let (this, next) = (pause(policy, failures), pause(policy, failures + 1));
            prop_assert!(this <= next && next <= policy.longest);
            prop_assert_eq!(this > Duration::ZERO, failures > policy.free);
        }

        #[test]
        fn an_attempt_during_a_pause_changes_nothing(policy in policies(), failures in 0i32..200, after in 0i64..2_000) {
            let state = State { failures, last_failure_at: NOW, blocked_until: NOW + pause(policy, failures) };
            let now = NOW + Duration::seconds(after);
            match book(policy, Some(state), now) {
                Err(wait) => prop_assert_eq!(now + wait, state.blocked_until),
                Ok(booked) => prop_assert!(now >= state.blocked_until && booked.failures <= failures + 1),
            }
        }

        #[test]
        fn success_leaves_things_as_they_were(policy in policies(), failures in 0i32..200) {
            let before = State { failures, last_failure_at: NOW, blocked_until: NOW };
            let booked = book(policy, Some(before), NOW).unwrap();
            prop_assert_eq!(take_back(policy, booked).failures, failures);
        }

        #[test]
        fn everything_is_forgotten_in_time(policy in policies(), failures in 1i32..200) {
            let state = State { failures, last_failure_at: NOW, blocked_until: NOW + policy.longest };
            let much_later = NOW + policy.longest + policy.forget * failures;
            prop_assert_eq!(book(policy, Some(state), much_later).unwrap().failures, 1);
        }

        /// A guesser who never lets go gets few guesses a day at one address, and one a pause at most.
        #[test]
        fn a_guesser_gets_few_guesses_a_day(policy in prop::sample::select(vec![ADDRESS, OWN])) {
            let (mut state, mut now, mut guesses) = (None, NOW, 0);
            while now < NOW + Duration::days(1) {
                match book(policy, state, now) {
                    Ok(booked) => {
                        guesses += 1;
                        state = Some(booked);
                    }
                    Err(wait) => now += wait,
                }
            }
            prop_assert!(guesses < 250, "{guesses}");
        }
    }
}
