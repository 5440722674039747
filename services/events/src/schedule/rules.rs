//! What is computed from the times of an activity.

use time::{Duration, OffsetDateTime, Time, UtcOffset, macros::offset};

use super::Schedule;

/// Days are those of China.
const SHANGHAI: UtcOffset = offset!(+8);

/// Check-in opens this long before the start, or at the beginning of the day (Asia/Shanghai) on which the activity starts, whichever is earlier:
/// check-in can be tried out in the morning, and also opens early enough for an activity shortly after midnight.
pub const OPENS_BEFORE_START: Duration = Duration::hours(2);

/// Check-in closes this long after the end: time to enter attendance that was recorded on paper.
pub const CLOSES_AFTER_END: Duration = Duration::hours(24);

/// How long an activity lasts, in whole minutes.
pub fn length_minutes(schedule: &Schedule) -> i32 {
    let minutes = (schedule.ends_at - schedule.starts_at).whole_minutes();
    i32::try_from(minutes.max(0)).unwrap_or(i32::MAX)
}

/// The minutes credited for attending an activity: the promised minutes, at most the length of the activity. Every credit is computed here.
pub fn credit(promised_minutes: i32, schedule: &Schedule) -> i32 {
    promised_minutes.clamp(0, length_minutes(schedule))
}

/// When check-in opens and closes.
pub fn check_in_window(schedule: &Schedule) -> (OffsetDateTime, OffsetDateTime) {
    let start = schedule.starts_at;
    // Near the limits of the calendar the offset cannot be changed.
    let morning = start.checked_to_offset(SHANGHAI).map_or(start, |local| {
        local.replace_time(Time::MIDNIGHT).to_offset(UtcOffset::UTC)
    });
    let opens = start.saturating_sub(OPENS_BEFORE_START).min(morning);
    (opens, schedule.ends_at.saturating_add(CLOSES_AFTER_END))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

    fn lasting(length: Duration) -> Schedule {
        Schedule {
            starts_at: START,
            ends_at: START.saturating_add(length),
            registration_closes_at: None,
        }
    }

    fn lasting_three_hours(starts_at: OffsetDateTime) -> Schedule {
        Schedule {
            starts_at,
            ends_at: starts_at.saturating_add(Duration::hours(3)),
            registration_closes_at: None,
        }
    }

    #[test]
    fn check_in_opens_on_the_morning_of_the_day_and_two_hours_before_at_the_latest() {
        let afternoon = lasting_three_hours(datetime!(2026-05-01 14:00 +8));
        let (opens, closes) = check_in_window(&afternoon);
        assert_eq!(opens, datetime!(2026-05-01 00:00 +8));
        assert_eq!(closes, datetime!(2026-05-02 17:00 +8));
        let midnight = lasting_three_hours(datetime!(2026-05-01 00:30 +8));
        assert_eq!(check_in_window(&midnight).0, datetime!(2026-04-30 22:30 +8));
    }

    #[test]
    fn an_hour_is_credited_with_an_hour_at_most() {
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
        fn the_window_covers_the_activity_wherever_it_lies(seconds in -62_135_596_800..253_402_300_799i64) {
            let start = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let schedule = lasting_three_hours(start);
            let (opens, closes) = check_in_window(&schedule);
            prop_assert!(opens <= start && schedule.ends_at <= closes);
            prop_assert!(start - opens <= Duration::hours(24));
        }

        #[test]
        fn a_credit_exceeds_neither_the_promised_minutes_nor_the_length(
            promised in -10..=60_000i32, seconds in -1_000..=400 * 86_400i64,
        ) {
            let schedule = lasting(Duration::seconds(seconds));
            let credited = credit(promised, &schedule);
            prop_assert!(credited >= 0 && credited <= promised.max(0));
            prop_assert!(i64::from(credited) * 60 <= seconds.max(0));
            // The credit is the largest that both limits allow.
            prop_assert!(credited == promised.max(0) || i64::from(credited + 1) * 60 > seconds);
        }

        #[test]
        fn the_limits_of_the_calendar_do_not_overflow(promised: i32, start in -62_135_596_800..253_402_300_799i64, end in -62_135_596_800..253_402_300_799i64) {
            let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let schedule = Schedule { starts_at: at(start), ends_at: at(end), registration_closes_at: None };
            prop_assert!(credit(promised, &schedule) >= 0);
        }
    }
}
