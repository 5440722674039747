//! Whether a registration can be checked in now.

use time::OffsetDateTime;

use super::CheckInError;
use crate::{
    activities::State as ActivityState,
    registrations::State,
    schedule::{Schedule, rules::check_in_window},
};

/// The result of a check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Record attendance and book the credit.
    CheckIn,
    /// The ticket was used before: answer with the first check-in, book nothing.
    Repeated,
}

/// Decides about a registration whose row is locked.
pub fn check_in(
    activity: ActivityState,
    schedule: &Schedule,
    registration: State,
    now: OffsetDateTime,
) -> Result<Outcome, CheckInError> {
    match registration {
        State::Cancelled => return Err(CheckInError::RegistrationCancelled),
        // A repeated check-in is answered like the first one, at any time.
        State::Attended => return Ok(Outcome::Repeated),
        State::Registered => {}
    }
    if activity != ActivityState::Published {
        return Err(CheckInError::NotPublished(activity));
    }
    let (opens, closes) = check_in_window(schedule);
    if now < opens {
        return Err(CheckInError::TooEarly(opens));
    }
    if now >= closes {
        return Err(CheckInError::TooLate(closes));
    }
    Ok(Outcome::CheckIn)
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    fn schedule(starts_at: OffsetDateTime) -> Schedule {
        Schedule {
            starts_at,
            ends_at: starts_at.saturating_add(Duration::hours(3)),
            registration_closes_at: None,
        }
    }

    fn at(schedule: &Schedule, now: OffsetDateTime) -> Result<Outcome, CheckInError> {
        check_in(ActivityState::Published, schedule, State::Registered, now)
    }

    #[test]
    fn the_window_is_kept_to_the_microsecond() {
        let schedule = schedule(datetime!(2026-05-01 14:00 +8));
        let (opens, closes) = check_in_window(&schedule);
        let before = opens - Duration::MICROSECOND;
        assert_eq!(at(&schedule, before), Err(CheckInError::TooEarly(opens)));
        assert_eq!(at(&schedule, opens), Ok(Outcome::CheckIn));
        assert_eq!(
            at(&schedule, closes - Duration::MICROSECOND),
            Ok(Outcome::CheckIn)
        );
        assert_eq!(at(&schedule, closes), Err(CheckInError::TooLate(closes)));
    }

    #[test]
    fn a_used_ticket_gives_the_first_answer_at_any_time() {
        let schedule = schedule(datetime!(2026-05-01 14:00 +8));
        for state in [ActivityState::Published, ActivityState::Cancelled] {
            for now in [
                datetime!(2020-01-01 0:00 UTC),
                datetime!(2030-01-01 0:00 UTC),
            ] {
                let again = check_in(state, &schedule, State::Attended, now);
                assert_eq!(again, Ok(Outcome::Repeated));
            }
        }
    }

    #[test]
    fn neither_a_cancelled_registration_nor_a_cancelled_activity_is_checked_in() {
        let schedule = schedule(datetime!(2026-05-01 14:00 +8));
        let now = schedule.starts_at;
        assert_eq!(
            check_in(ActivityState::Published, &schedule, State::Cancelled, now),
            Err(CheckInError::RegistrationCancelled)
        );
        for state in [ActivityState::Draft, ActivityState::Cancelled] {
            assert_eq!(
                check_in(state, &schedule, State::Registered, now),
                Err(CheckInError::NotPublished(state))
            );
        }
    }
}
