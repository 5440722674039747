//! When a job is tried again, and when it is given up. Pure.

use time::{Duration, OffsetDateTime};

/// How often and how patiently jobs of a kind are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Tries before a job is given up.
    pub most_attempts: i32,
    /// The pause after the first failure; each further one doubles it.
    pub first_pause: Duration,
    /// The pause grows up to this.
    pub longest_pause: Duration,
    /// A try that is silent for longer has failed: it has neither ended nor reported progress.
    pub timeout: Duration,
}

impl Policy {
    /// A worker that has not reported after this is taken for dead, and another one tries. Longer than any try is silent.
    pub fn lease(&self) -> Duration {
        self.timeout * 3
    }

    /// Half of the doubled pause for certain, the other half by chance.
    fn pause(&self, attempts: i32, jitter: f64) -> Duration {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
        let full = self
            .first_pause
            .checked_mul(2_i32.pow(doublings))
            .map_or(self.longest_pause, |doubled| {
                doubled.min(self.longest_pause)
            });
        full / 2 + (full / 2) * jitter.clamp(0.0, 1.0)
    }
}

/// Places that jobs of one lane may hold at the same time: a quarter, and one in any case.
pub fn places_of_a_lane(places: usize) -> usize {
    (places / 4).max(1)
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// Might work later. The words are kept, so no personal data in them.
    Failed(String),
    /// Never will. The words are kept as well.
    Refused(String),
}

/// What becomes of a job after a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done and its payload is erased.
    Done,
    /// It is tried again then.
    Again(OffsetDateTime, String),
    /// It is given up.
    Dead(String),
}

/// Why a claimed job is not worth its try number `attempts`, if so.
pub fn hopeless(
    policy: &Policy,
    attempts: i32,
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Option<&'static str> {
    if attempts > policy.most_attempts {
        return Some("the worker died at every try");
    }
    expires_at
        .is_some_and(|expiry| now >= expiry)
        .then_some("expired")
}

/// What becomes of a job after its try number `attempts`. `jitter` from 0 to 1 spreads what failed together.
pub fn after(
    policy: &Policy,
    outcome: Outcome,
    attempts: i32,
    expires_at: Option<OffsetDateTime>,
    jitter: f64,
    now: OffsetDateTime,
) -> Next {
    match outcome {
        Outcome::Done => Next::Done,
        Outcome::Refused(error) => Next::Dead(error),
        Outcome::Failed(error) if attempts >= policy.most_attempts => Next::Dead(error),
        Outcome::Failed(error) => {
            let at = now + policy.pause(attempts, jitter);
            if expires_at.is_some_and(|expiry| at >= expiry) {
                Next::Dead(format!("{error}; it expires before the next try"))
            } else {
                Next::Again(at, error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);
    const POLICY: Policy = Policy {
        most_attempts: 8,
        first_pause: Duration::seconds(2),
        longest_pause: Duration::minutes(10),
        timeout: Duration::seconds(20),
    };

    fn failed() -> Outcome {
        Outcome::Failed("HTTP 503".into())
    }

    #[test]
    fn a_job_is_given_up_after_its_tries_or_when_it_expires() {
        let late = Some(NOW + Duration::days(1));
        let soon = Some(NOW + Duration::seconds(1));
        let next = |outcome, attempts, expiry| after(&POLICY, outcome, attempts, expiry, 1.0, NOW);
        assert!(matches!(next(failed(), 7, late), Next::Again(..)));
        assert_eq!(next(failed(), 8, late), Next::Dead("HTTP 503".into()));
        assert!(matches!(next(failed(), 1, soon), Next::Dead(_)));
        assert!(matches!(next(failed(), 1, None), Next::Again(..)));
        let refused = Outcome::Refused("no such number".into());
        assert_eq!(next(refused, 1, late), Next::Dead("no such number".into()));
        assert_eq!(next(Outcome::Done, 8, Some(NOW)), Next::Done);
    }

    #[test]
    fn a_job_that_expired_or_killed_its_workers_is_not_tried() {
        let hopeless = |attempts, expiry| super::hopeless(&POLICY, attempts, expiry, NOW);
        let later = Some(NOW + Duration::seconds(1));
        assert_eq!(hopeless(8, later), None);
        assert_eq!(hopeless(8, None), None);
        assert!(hopeless(9, None).is_some());
        assert_eq!(hopeless(1, Some(NOW)), Some("expired"));
    }

    proptest! {
        #[test]
        fn no_lane_holds_all_places_unless_there_is_one(places in 1usize..1_000) {
            let most = places_of_a_lane(places);
            prop_assert!(most >= 1 && (most < places || places == 1));
        }

        #[test]
        fn pauses_stay_between_half_and_all_of_what_doubling_gives(attempts in 1i32..100, jitter in -1.0f64..2.0) {
            let pause = POLICY.pause(attempts, jitter);
            prop_assert!(pause >= POLICY.first_pause / 2 && pause <= POLICY.longest_pause);
            prop_assert!(POLICY.pause(attempts, 0.0) * 2 >= pause);
            prop_assert!(POLICY.pause(attempts + 1, 0.0) >= POLICY.pause(attempts, 0.0));
        }

        #[test]
        fn a_job_is_never_tried_when_it_has_expired_nor_more_often_than_allowed(
            most_attempts in 1i32..20, attempts in 1i32..40, first in 1i64..100_000, longest in 1i64..100_000,
            expiry in proptest::option::of(-1_000i64..1_000), jitter in 0.0f64..1.0
        ) {
            let policy = Policy {
                most_attempts,
                first_pause: Duration::seconds(first),
                longest_pause: Duration::seconds(longest),
                timeout: Duration::seconds(20),
            };
            let expires_at = expiry.map(|seconds| NOW + Duration::seconds(seconds));
            match after(&policy, failed(), attempts, expires_at, jitter, NOW) {
                Next::Again(at, _) => {
                    prop_assert!(at > NOW && at <= NOW + policy.longest_pause);
                    prop_assert!(expires_at.is_none_or(|expiry| at < expiry));
                    prop_assert_eq!(hopeless(&policy, attempts + 1, expires_at, at), None);
                }
                next => prop_assert!(matches!(next, Next::Dead(_))),
            }
        }

        #[test]
        fn a_lease_outlasts_the_longest_silence(seconds in 1i64..100_000) {
            let policy = Policy { timeout: Duration::seconds(seconds), ..POLICY };
            prop_assert!(policy.lease() > policy.timeout);
        }
    }
}
