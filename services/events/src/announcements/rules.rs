//! What is announced, and how urgently. Pure.

use time::{Duration, OffsetDateTime};

use super::Kind;
use crate::activities::{Content, State};

/// Registrants may be on their way: they are told at night as well.
const SOON: Duration = Duration::hours(24);

/// Whether registrants have to know of the change: when or where they have to be is another.
pub fn concerns_registrants(before: &Content, after: &Content) -> bool {
    let when = |content: &Content| (content.schedule.starts_at, content.schedule.ends_at);
    when(before) != when(after)
        || before.place != after.place
        || before.division_code != after.division_code
}

/// Whether it begins soon, as it was or as it is now.
pub fn urgent(before: &Content, after: &Content, now: OffsetDateTime) -> bool {
    let starts_at = before.schedule.starts_at.min(after.schedule.starts_at);
    starts_at - now < SOON
}

/// Whether it is still true: a change is of no interest once the activity is cancelled, of which registrants are told as well.
pub fn stands(kind: Kind, state: State) -> bool {
    match kind {
        Kind::Changed => state == State::Published,
        Kind::Cancelled => state == State::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::{activities, schedule::Schedule};

    const NOW: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

    fn content(hours: i64) -> Content {
        let starts_at = NOW + Duration::hours(hours);
        Content {
            title: "学术年会".to_owned(),
            description: String::new(),
            kind: activities::Kind::Lecture,
            schedule: Schedule {
                starts_at,
                ends_at: starts_at + Duration::hours(2),
                registration_closes_at: None,
            },
            division_code: "110108".to_owned(),
            place: "报告厅".to_owned(),
            capacity: 100,
            credit_minutes: 0,
        }
    }

    #[test]
    fn registrants_are_told_of_time_and_place_and_of_nothing_else() {
        let before = content(100);
        let place = Content {
            place: "第二会议室".to_owned(),
            ..before.clone()
        };
        let division = Content {
            division_code: "310101".to_owned(),
            ..before.clone()
        };
        for after in [content(101), place, division] {
            assert!(concerns_registrants(&before, &after));
        }
        let mut longer = before.clone();
        longer.schedule.ends_at += Duration::hours(1);
        assert!(concerns_registrants(&before, &longer));
        let mut words = before.clone();
        words.title = "学术年会（修订）".to_owned();
        words.description = "议程".to_owned();
        words.capacity = 200;
        words.schedule.registration_closes_at = Some(NOW);
        assert!(!concerns_registrants(&before, &words));
    }

    #[test]
    fn a_change_is_of_no_interest_after_the_cancellation() {
        assert!(stands(Kind::Changed, State::Published));
        assert!(!stands(Kind::Changed, State::Cancelled));
        assert!(stands(Kind::Cancelled, State::Cancelled));
    }

    proptest! {
        #[test]
        fn it_is_urgent_if_it_begins_within_a_day_before_or_after_the_change(from in -10i64..200, to in -10i64..200) {
            let expected = from.min(to) < 24;
            prop_assert_eq!(urgent(&content(from), &content(to), NOW), expected);
        }
    }
}
