//! What an attendance is credited with.

use crate::activities::Schedule;

/// How long an activity lasts, in whole minutes.
pub fn length_minutes(schedule: &Schedule) -> i32 {
    let minutes = (schedule.ends_at - schedule.starts_at).whole_minutes();
    i32::try_from(minutes.max(0)).unwrap_or(i32::MAX)
}

/// The minutes that an attendance of an activity is credited with: what was promised, and never more than the activity lasts. Everything
/// that writes a credit asks here.
pub fn credit(promised_minutes: i32, schedule: &Schedule) -> i32 {
    promised_minutes.clamp(0, length_minutes(schedule))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::*;

    const START: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

    fn lasting(length: Duration) -> Schedule {
        Schedule {
            starts_at: START,
            ends_at: START.saturating_add(length),
            registration_closes_at: None,
        }
    }

    #[test]
    fn an_hour_is_worth_an_hour_at_most() {
        let hour = lasting(Duration::HOUR);
        assert_eq!(
            [0, 45, 60, 61, 60_000].map(|m| credit(m, &hour)),
            [0, 45, 60, 60, 60]
        );
        let nearly = lasting(Duration::HOUR - Duration::MICROSECOND);
        assert_eq!(credit(60, &nearly), 59, "only whole minutes");
    }

    proptest! {
        #[test]
        fn nobody_is_credited_with_more_than_was_promised_or_than_it_lasted(
            promised in -10..=60_000i32, seconds in -1_000..=400 * 86_400i64,
        ) {
            let schedule = lasting(Duration::seconds(seconds));
            let credited = credit(promised, &schedule);
            prop_assert!(credited >= 0 && credited <= promised.max(0));
            prop_assert!(i64::from(credited) * 60 <= seconds.max(0));
            // And not less than both allow.
            prop_assert!(credited == promised.max(0) || i64::from(credited + 1) * 60 > seconds);
        }

        #[test]
        fn the_ends_of_the_calendar_are_no_trap(promised: i32, start in -62_135_596_800..253_402_300_799i64, end in -62_135_596_800..253_402_300_799i64) {
            let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let schedule = Schedule { starts_at: at(start), ends_at: at(end), registration_closes_at: None };
            prop_assert!(credit(promised, &schedule) >= 0);
        }
    }
}
