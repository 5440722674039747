//! Who can be checked in, and when.

use time::{Duration, OffsetDateTime, Time, UtcOffset, macros::offset};

use super::CheckInError;
use crate::{
    activities::{Schedule, State as ActivityState},
    registrations::State,
};

/// Days are those of China.
const SHANGHAI: UtcOffset = offset!(+8);

/// Check-in opens this long before the start, or at the beginning of the day (Asia/Shanghai) on which the activity starts, whichever is earlier: the
/// desk can be tried out in the morning, and an activity shortly after midnight does not start with a queue.
pub const OPENS_BEFORE_START: Duration = Duration::hours(2);

/// Check-in closes this long after the end: time to enter those who were noted on paper.
pub const CLOSES_AFTER_END: Duration = Duration::hours(24);

/// What a ticket is good for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The person is here: record it and book the credit.
    CheckIn,
    /// The ticket was used before: answer with the first time, book nothing.
    Repeated,
}

/// When check-in opens and closes.
pub fn window(schedule: &Schedule) -> (OffsetDateTime, OffsetDateTime) {
    let start = schedule.starts_at;
    // At the ends of the calendar there is no other offset and no other day.
    let morning = start.checked_to_offset(SHANGHAI).map_or(start, |local| {
        local.replace_time(Time::MIDNIGHT).to_offset(UtcOffset::UTC)
    });
    let opens = start.saturating_sub(OPENS_BEFORE_START).min(morning);
    (opens, schedule.ends_at.saturating_add(CLOSES_AFTER_END))
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
        // Whenever it is asked again, the answer is the first one.
        State::Attended => return Ok(Outcome::Repeated),
        State::Registered => {}
    }
    if activity != ActivityState::Published {
        return Err(CheckInError::NotPublished(activity));
    }
    let (opens, closes) = window(schedule);
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
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

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
    fn check_in_opens_on_the_morning_of_the_day_and_two_hours_before_at_the_latest() {
        let afternoon = schedule(datetime!(2026-05-01 14:00 +8));
        let (opens, closes) = window(&afternoon);
        assert_eq!(opens, datetime!(2026-05-01 00:00 +8));
        assert_eq!(closes, datetime!(2026-05-02 17:00 +8));
        let midnight = schedule(datetime!(2026-05-01 00:30 +8));
        assert_eq!(window(&midnight).0, datetime!(2026-04-30 22:30 +8));
    }

    #[test]
    fn the_window_is_kept_to_the_microsecond() {
        let schedule = schedule(datetime!(2026-05-01 14:00 +8));
        let (opens, closes) = window(&schedule);
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

    proptest! {
        #[test]
        fn the_window_covers_the_activity_wherever_it_lies(seconds in -62_135_596_800..253_402_300_799i64) {
            let start = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let schedule = schedule(start);
            let (opens, closes) = window(&schedule);
            prop_assert!(opens <= start && schedule.ends_at <= closes);
            prop_assert!(start - opens <= Duration::hours(24));
        }
    }
}
