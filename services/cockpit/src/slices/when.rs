//! Days of slices: steps of time, and what they are compared with. Pure.

use time::{Date, Duration, Month};

use super::{Compare, Grain, SliceError};

/// A span of days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// The number of a day in the index.
pub fn number(day: Date) -> slices::Day {
    day.to_julian_day()
}

/// The steps of a span: whole weeks, months … cut off at both ends. `None` if there are more than `most`.
pub fn steps(span: Span, grain: Grain, most: usize) -> Option<Vec<Span>> {
    let mut found = Vec::new();
    let mut from = span.from;
    while from <= span.to {
        if found.len() == most {
            return None;
        }
        let to = last_day(from, grain).min(span.to);
        found.push(Span { from, to });
        match to.next_day() {
            Some(next) => from = next,
            None => break,
        }
    }
    Some(found)
}

/// The last day of the step that a day lies in.
fn last_day(day: Date, grain: Grain) -> Date {
    let end_of = |year: i32, month: Month| {
        Date::from_calendar_date(year, month, month.length(year)).unwrap_or(Date::MAX)
    };
    match grain {
        Grain::Day => day,
        Grain::Week => {
            let left = 7 - i64::from(day.weekday().number_from_monday());
            day.saturating_add(Duration::days(left))
        }
        Grain::Month => end_of(day.year(), day.month()),
        Grain::Quarter => {
            let last = (u8::from(day.month()) - 1) / 3 * 3 + 3;
            end_of(day.year(), Month::try_from(last).unwrap_or(Month::December))
        }
        Grain::Year => end_of(day.year(), Month::December),
    }
}

/// What a span is compared with.
pub fn compared(span: Span, compare: Compare) -> Result<Span, SliceError> {
    let before = match compare {
        Compare::PreviousPeriod => {
            let length = span.to - span.from;
            let to = span.from.previous_day();
            to.and_then(|to| {
                Some(Span {
                    from: to.checked_sub(length)?,
                    to,
                })
            })
        }
        Compare::PreviousYear => year_before(span.from).and_then(|from| {
            Some(Span {
                from,
                to: year_before(span.to)?,
            })
        }),
    };
    before
        .filter(|span| span.from.year() >= 1)
        .ok_or(SliceError::OutOfCalendar)
}

/// The same day a year earlier; of 29 February the 28th.
fn year_before(day: Date) -> Option<Date> {
    let year = day.year() - 1;
    let last = day.month().length(year);
    Date::from_calendar_date(year, day.month(), day.day().min(last)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    #[test]
    fn steps_are_whole_but_for_the_ends() {
        let span = Span {
            from: date!(2026 - 01 - 30),
            to: date!(2026 - 04 - 02),
        };
        let ends = |grain| -> Vec<Date> {
            let steps = steps(span, grain, 100).unwrap();
            steps.into_iter().map(|step| step.to).collect()
        };
        assert_eq!(
            ends(Grain::Month),
            [
                date!(2026 - 01 - 31),
                date!(2026 - 02 - 28),
                date!(2026 - 03 - 31),
                date!(2026 - 04 - 02)
            ]
        );
        assert_eq!(ends(Grain::Quarter), [date!(2026 - 03 - 31), span.to]);
        assert_eq!(ends(Grain::Year), [span.to]);
        assert_eq!(ends(Grain::Week)[0], date!(2026 - 02 - 01), "a Sunday");
        assert_eq!(steps(span, Grain::Day, 10), None);
    }

    #[test]
    fn a_period_is_compared_with_the_one_before_and_with_that_of_a_year_ago() {
        let span = |from, to| Span { from, to };
        let march = span(date!(2028 - 02 - 29), date!(2028 - 03 - 31));
        assert_eq!(
            compared(march, Compare::PreviousYear),
            Ok(span(date!(2027 - 02 - 28), date!(2027 - 03 - 31)))
        );
        assert_eq!(
            compared(march, Compare::PreviousPeriod),
            Ok(span(date!(2028 - 01 - 28), date!(2028 - 02 - 28)))
        );
        let early = span(date!(0001 - 01 - 01), date!(0001 - 01 - 01));
        for compare in [Compare::PreviousPeriod, Compare::PreviousYear] {
            assert_eq!(compared(early, compare), Err(SliceError::OutOfCalendar));
        }
    }

    proptest! {
        #[test]
        fn steps_cover_each_day_once(from in 0i64..20_000, length in 0i64..900, grain in 0usize..5) {
            let grain = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year][grain];
            let from = date!(1980 - 01 - 01) + Duration::days(from);
            let span = Span { from, to: from + Duration::days(length) };
            let steps = steps(span, grain, 1_000).unwrap();
            prop_assert_eq!(steps[0].from, span.from);
            prop_assert_eq!(steps[steps.len() - 1].to, span.to);
            for pair in steps.windows(2) {
                prop_assert_eq!(pair[0].to.next_day().unwrap(), pair[1].from);
                // Each but the last ends where the next step of the calendar begins.
                prop_assert_eq!(last_day(pair[0].from, grain), pair[0].to);
            }
        }
    }
}
