//! The time limit of a review step.

use kit::clock::business_date;
use proto_membership::v1::{self as wire, counted_day};
use time::{Date, OffsetDateTime, format_description::BorrowedFormatItem, macros};
use workdays::{Calendar, Deadline, Kind, Unannounced};

use super::State;

const DAY: &[BorrowedFormatItem<'_>] = macros::format_description!("[year]-[month]-[day]");

/// A step that waits for the organisation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// Since when.
    pub since: OffsetDateTime,
    /// The working days that the organisation has.
    pub working_days: u16,
}

impl Waiting {
    /// Of an application in `state`; `None` if it waits for no review.
    pub(super) fn of(
        state: State,
        since: Option<OffsetDateTime>,
        working_days: i16,
    ) -> Option<Self> {
        let waits = matches!(state, State::InFirstReview | State::InFinalReview);
        Some(Self {
            since: since.filter(|_| waits)?,
            // The table allows 1 to 60.
            working_days: u16::try_from(working_days).ok()?,
        })
    }

    /// As it stands at a moment, by a calendar; the days that were counted stand in it.
    pub(super) fn deadline(self, calendar: &Calendar, now: OffsetDateTime) -> wire::ReviewDeadline {
        let (from, today) = (business_date(self.since), business_date(now));
        let shown = wire::ReviewDeadline {
            working_days: i32::from(self.working_days),
            from_day: day(from),
            ..wire::ReviewDeadline::default()
        };
        let counted = calendar
            .deadline(from, self.working_days)
            .and_then(|deadline| Ok((calendar.left(today, deadline.due_on)?, deadline)));
        match counted {
            Ok((left, Deadline { days, due_on })) => wire::ReviewDeadline {
                due_on: day(due_on),
                working_days_left: i32::from(left),
                overdue: due_on < today,
                days: days.into_iter().map(counted_day).collect(),
                ..shown
            },
            Err(Unannounced { year }) => wire::ReviewDeadline {
                unannounced_year: year,
                ..shown
            },
        }
    }
}

fn counted_day(counted: workdays::Day) -> wire::CountedDay {
    let kind = match counted.kind {
        Kind::Working => counted_day::Kind::Working,
        Kind::MakeUp { .. } => counted_day::Kind::MakeUp,
        Kind::Weekend => counted_day::Kind::Weekend,
        Kind::Holiday { .. } => counted_day::Kind::Holiday,
    };
    wire::CountedDay {
        date: day(counted.date),
        kind: kind.into(),
        occasion: counted.kind.occasion().to_owned(),
    }
}

fn day(date: Date) -> String {
    // A date always has this form.
    date.format(DAY).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use approvals::reminders::overdue_before;
    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    use super::*;

    fn shown(since: OffsetDateTime, now: OffsetDateTime) -> wire::ReviewDeadline {
        let waiting = Waiting::of(State::InFirstReview, Some(since), 10);
        waiting.unwrap().deadline(Calendar::china(), now)
    }

    #[test]
    fn what_comes_before_midnight_in_china_counts_from_that_day() {
        let now = datetime!(2026-11-30 01:00 UTC);
        assert_eq!(
            shown(datetime!(2026-11-27 15:59:59 UTC), now).due_on,
            "2026-12-11"
        );
        // Saturday in China: the same, as Saturday and Friday both count from Monday on.
        assert_eq!(
            shown(datetime!(2026-11-27 16:00 UTC), now).due_on,
            "2026-12-11"
        );
        assert_eq!(
            shown(datetime!(2026-11-29 16:00 UTC), now).due_on,
            "2026-12-14"
        );
    }

    #[test]
    fn it_is_overdue_from_the_day_after_the_last_one() {
        let since = datetime!(2026-11-27 02:00 UTC);
        let last = shown(since, datetime!(2026-12-11 15:59 UTC));
        assert_eq!((last.working_days_left, last.overdue), (1, false));
        let over = shown(since, datetime!(2026-12-11 16:00 UTC));
        assert_eq!((over.working_days_left, over.overdue), (0, true));
        assert_eq!(over.days.len(), 14);
    }

    #[test]
    fn a_year_that_is_not_announced_is_said_instead_of_a_day() {
        let now = datetime!(2031-06-02 01:00 UTC);
        let shown = shown(datetime!(2031-06-02 00:00 UTC), now);
        assert_eq!(shown.unannounced_year, 2031);
        assert_eq!((shown.due_on.as_str(), shown.overdue), ("", false));
        assert_eq!(overdue_before(Calendar::china(), now, 10), None);
    }

    #[test]
    fn only_what_waits_for_review_has_a_limit() {
        for state in [
            State::Draft,
            State::Returned,
            State::Approved,
            State::Rejected,
            State::Withdrawn,
        ] {
            assert!(Waiting::of(state, Some(datetime!(2026-11-27 02:00 UTC)), 10).is_none());
        }
    }

    proptest! {
        #[test]
        fn the_list_counts_as_overdue_what_is_shown_as_overdue(
            hours in 0..8_000_i64, waited in 0..2_000_i64, working_days in 1..60_i16
        ) {
            let now = datetime!(2026-01-10 03:00 UTC) + Duration::hours(hours);
            let since = now - Duration::hours(waited);
            let waiting = Waiting::of(State::InFinalReview, Some(since), working_days).unwrap();
            let shown = waiting.deadline(Calendar::china(), now);
            let before = overdue_before(Calendar::china(), now, working_days).unwrap();
            prop_assume!(shown.unannounced_year == 0);
            prop_assert_eq!(shown.overdue, since < before);
        }
    }
}
