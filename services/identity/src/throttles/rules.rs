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
    /// Failures not yet forgotten, as of `forgetting_since`.
    pub failures: i32,
    /// From here the time until the next one is forgotten counts.
    pub forgetting_since: OffsetDateTime,
    /// Until then attempts are refused.
    pub blocked_until: OffsetDateTime,
}

/// Books an attempt, or says how long to wait.
pub fn book(policy: Policy, state: Option<State>, now: OffsetDateTime) -> Result<State, Duration> {
    let state = state.unwrap_or(State {
        failures: 0,
        forgetting_since: now,
        blocked_until: now,
    });
    // Only a pause that was earned counts: clocks of replicas differ a little, and so `blocked_until` may lie ahead without one.
    if pause(policy, state.failures) > Duration::ZERO && state.blocked_until > now {
        return Err(state.blocked_until - now);
    }
    let (remembered, forgetting_since) = forget(policy, state, now);
    let failures = remembered.saturating_add(1);
    Ok(State {
        failures,
        forgetting_since,
        blocked_until: now + pause(policy, failures),
    })
}

/// Takes one booking back, because the attempt succeeded. A pause that it ran into stays: otherwise a guesser could end the pause of
/// their origin by signing in to an account of their own.
pub fn take_back(state: State) -> State {
    State {
        failures: (state.failures - 1).max(0),
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

/// What is left of the failures now, and from where the time until the next one is forgotten counts. Attempts in between do not start
/// that time anew: a busy origin forgets as fast as a quiet one.
fn forget(policy: Policy, state: State, now: OffsetDateTime) -> (i32, OffsetDateTime) {
    let quiet = (now - state.forgetting_since).max(Duration::ZERO);
    let steps = quiet.whole_seconds() / policy.forget.whole_seconds().max(1);
    let left = state
        .failures
        .saturating_sub(i32::try_from(steps).unwrap_or(i32::MAX))
        .max(0);
    match i32::try_from(steps) {
        Ok(steps) if left > 0 => (left, state.forgetting_since + policy.forget * steps),
        _ => (left, now),
    }
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
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pauses_grow_and_have_a_limit(policy in policies(), failures in 0i32..5_000) {
            let (this, next) = (pause(policy, failures), pause(policy, failures + 1));
            prop_assert!(this <= next && next <= policy.longest);
            prop_assert_eq!(this > Duration::ZERO, failures > policy.free);
        }

        #[test]
        fn an_attempt_during_a_pause_changes_nothing(policy in policies(), failures in 0i32..200, after in 0i64..2_000) {
            let state = State { failures, forgetting_since: NOW, blocked_until: NOW + pause(policy, failures) };
            let now = NOW + Duration::seconds(after);
            match book(policy, Some(state), now) {
                Err(wait) => prop_assert_eq!(now + wait, state.blocked_until),
                Ok(booked) => prop_assert!(now >= state.blocked_until && booked.failures <= failures + 1),
            }
        }

        #[test]
        fn success_leaves_things_as_they_were(policy in policies(), failures in 0i32..200) {
            let before = State { failures, forgetting_since: NOW, blocked_until: NOW };
            let booked = book(policy, Some(before), NOW).unwrap();
            prop_assert_eq!(take_back(booked).failures, failures);
        }

        /// A campus where somebody signs in every second and every hundredth person mistypes once: nobody is slowed down, ever.
        #[test]
        fn a_busy_origin_is_never_slowed_down_by_a_few_clumsy_people(first in 0usize..100) {
            let (mut state, mut now) = (None, NOW);
            for at in 0..50_000 {
                let booked = book(ORIGIN, state, now);
                prop_assert!(booked.is_ok(), "slowed down after {at}");
                let booked = booked.unwrap();
                state = Some(if at % 100 == first { booked } else { take_back(booked) });
                now += Duration::SECOND;
            }
        }

        #[test]
        fn clocks_that_differ_a_little_make_no_pause(policy in policies(), skew in 0i64..10_000) {
            let booked = book(policy, None, NOW).unwrap();
            prop_assert!(book(policy, Some(booked), NOW - Duration::milliseconds(skew)).is_ok());
        }

        #[test]
        fn everything_is_forgotten_in_time(policy in policies(), failures in 1i32..200) {
            let state = State { failures, forgetting_since: NOW, blocked_until: NOW + policy.longest };
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
