//! Deadlines in working days.

use time::Date;

use crate::{Calendar, Day, Unannounced};

/// A period of working days, and how it was counted. The day on which it begins is not counted (Civil Code of China, art. 201), and its
/// last day is a working day (art. 203).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Every day from the one after the beginning to the last, working or not; ascending.
    pub days: Vec<Day>,
    /// The last day. What is done on it is done in time.
    pub due_on: Date,
}

impl Calendar {
    /// The end of `working_days` that begin on `from`. With none it is `from` itself.
    pub fn deadline(&self, from: Date, working_days: u16) -> Result<Deadline, Unannounced> {
        let (mut days, mut due_on) = (Vec::new(), from);
        let mut left = working_days;
        while left > 0 {
            let day = self.day(self.next(due_on)?)?;
            due_on = day.date;
            left -= u16::from(day.kind.is_working());
            days.push(day);
        }
        Ok(Deadline { days, due_on })
    }

    /// The working days from `today` to `due_on`, both included: 1 on the last day, 0 once it is over.
    pub fn left(&self, today: Date, due_on: Date) -> Result<u16, Unannounced> {
        let (mut day, mut left) = (today, 0);
        while day <= due_on {
            left += u16::from(self.day(day)?.kind.is_working());
            day = self.next(day)?;
        }
        Ok(left)
    }

    /// The last day on which a period of `working_days` can have begun that is over before `today`.
    pub fn overdue_from(&self, today: Date, working_days: u16) -> Result<Date, Unannounced> {
        // Counted back: the deadline of `from` is before today exactly if at least as many working days lie between the two.
        let (mut from, mut left) = (self.previous(today)?, working_days);
        while left > 0 {
            left -= u16::from(self.day(from)?.kind.is_working());
            from = self.previous(from)?;
        }
        Ok(from)
    }

    fn next(&self, day: Date) -> Result<Date, Unannounced> {
        day.next_day().ok_or(Unannounced { year: day.year() })
    }

    fn previous(&self, day: Date) -> Result<Date, Unannounced> {
        day.previous_day().ok_or(Unannounced { year: day.year() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;

    fn due(from: Date, working_days: u16) -> Date {
        let deadline = Calendar::china().deadline(from, working_days);
        deadline.unwrap().due_on
    }

    #[test]
    fn the_first_day_does_not_count_and_the_last_one_is_worked() {
        // Friday: ten working days are two weeks.
        assert_eq!(due(date!(2026 - 11 - 27), 10), date!(2026 - 12 - 11));
        // On a Saturday it begins as on the Friday.
        assert_eq!(due(date!(2026 - 11 - 28), 1), date!(2026 - 11 - 30));
        assert_eq!(due(date!(2026 - 11 - 28), 0), date!(2026 - 11 - 28));
    }

    #[test]
    fn holidays_are_left_out_and_make_up_days_counted() {
        // Spring festival 15 to 23 February; worked on Saturday 14 and Saturday 28.
        let deadline = Calendar::china()
            .deadline(date!(2026 - 02 - 13), 6)
            .unwrap();
        assert_eq!(deadline.due_on, date!(2026 - 02 - 28));
        assert_eq!(deadline.days.len(), 15);
        let worked = deadline.days.iter().filter(|day| day.kind.is_working());
        assert_eq!(worked.count(), 6);
    }

    #[test]
    fn what_would_need_an_unannounced_year_is_said() {
        let last = Calendar::china().years().max().unwrap();
        let from = Date::from_calendar_date(last, time::Month::December, 29).unwrap();
        let year = last + 1;
        assert_eq!(
            Calendar::china().deadline(from, 10),
            Err(Unannounced { year })
        );
        assert_eq!(
            Calendar::china().deadline(Date::MAX, 1),
            Err(Unannounced {
                year: Date::MAX.year()
            })
        );
    }

    #[test]
    fn one_day_is_left_on_the_last_day_and_none_after_it() {
        let due_on = date!(2026 - 12 - 11);
        let left = |today| Calendar::china().left(today, due_on).unwrap();
        assert_eq!(left(date!(2026 - 11 - 27)), 11);
        assert_eq!(left(date!(2026 - 11 - 28)), 10);
        assert_eq!(left(date!(2026 - 12 - 11)), 1);
        assert_eq!(left(date!(2026 - 12 - 12)), 0);
    }

    proptest! {
        #[test]
        fn a_deadline_has_the_days_that_were_asked_for(day in 0..600_i64, working_days in 1..80_u16) {
            let from = date!(2024 - 06 - 01) + Duration::days(day);
            let deadline = Calendar::china().deadline(from, working_days).unwrap();
            let worked = deadline.days.iter().filter(|day| day.kind.is_working()).count();
            prop_assert_eq!(worked, usize::from(working_days));
            let last = deadline.days.last().unwrap();
            prop_assert!(last.kind.is_working() && last.date == deadline.due_on);
            prop_assert_eq!(deadline.days[0].date, from + Duration::DAY);
            prop_assert!(deadline.days.windows(2).all(|pair| pair[1].date - pair[0].date == Duration::DAY));
            // The later it begins, the later it ends.
            prop_assert!(due(from + Duration::DAY, working_days) >= deadline.due_on);
            prop_assert_eq!(Calendar::china().left(from + Duration::DAY, deadline.due_on).unwrap(), working_days);
        }

        #[test]
        fn what_began_until_that_day_is_over_and_what_began_later_is_not(day in 0..400_i64, working_days in 0..60_u16) {
            let today = date!(2025 - 01 - 15) + Duration::days(day);
            let from = Calendar::china().overdue_from(today, working_days).unwrap();
            prop_assert!(due(from, working_days) < today);
            prop_assert!(due(from + Duration::DAY, working_days) >= today);
        }
    }
}
