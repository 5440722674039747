//! What follows from a date of birth. Days are business days in China. Pure.
//!
//! A person reaches an age on the birthday; who was born on 29 February reaches it on 1 March in years without that day, so that a child
//! never counts as older than they are.

use time::{Date, Month};

/// Below this age personal data is processed only with the consent of a guardian (PIPL art. 31).
pub const OWN_CONSENT: i32 = 14;
/// From this age on a person is an adult (Civil Code art. 17).
pub const ADULT: i32 = 18;
/// The earliest year of birth that is believed.
const EARLIEST: i32 = 1900;
/// No person is known to have become older.
const OLDEST: i32 = 130;

/// What a person may decide by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Under 14: a guardian consents.
    Child,
    /// 14 to 17: takes part by their own consent; no data to third-party sites.
    Youth,
    /// 18 and older.
    Adult,
}

/// Completed years on this day; negative before the birth.
pub fn years(born: Date, today: Date) -> i32 {
    let later = (today.month() as u8, today.day()) < (born.month() as u8, born.day());
    today.year() - born.year() - i32::from(later)
}

/// What the person may decide on this day.
pub fn group(born: Date, today: Date) -> Group {
    match years(born, today) {
        ..OWN_CONSENT => Group::Child,
        OWN_CONSENT..ADULT => Group::Youth,
        ADULT.. => Group::Adult,
    }
}

/// Whether a living person can have been born on this day: in the past, not before 1900, not more than 130 years ago.
pub fn plausible(born: Date, today: Date) -> bool {
    born < today && born.year() >= EARLIEST && years(born, today) <= OLDEST
}

/// The day of birth in digits 7 to 14 of a resident identity number, if it is a day.
pub fn born(number: &str) -> Option<Date> {
    let part = |from: usize, to: usize| number.get(from..to)?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(part(10, 12)?).ok()?).ok()?;
    let day = u8::try_from(part(12, 14)?).ok()?;
    Date::from_calendar_date(i32::from(part(6, 10)?), month, day).ok()
}

/// Whether third-party sites may be told about a person of this age. Of whom the day of birth is unknown, nothing verified can be told:
/// they choose themselves what they are called.
pub fn discloses_to_sites(born: Option<Date>, today: Date) -> bool {
    born.is_none_or(|born| group(born, today) == Group::Adult)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use kit::clock::business_date;
    use proptest::prelude::*;
    use time::{
        Duration,
        macros::{date, datetime},
    };

    use super::*;

    #[test]
    fn an_age_is_reached_on_the_birthday() {
        let born = date!(2012 - 11 - 21);
        assert_eq!(group(born, date!(2026 - 11 - 20)), Group::Child);
        assert_eq!(group(born, date!(2026 - 11 - 21)), Group::Youth);
        assert_eq!(group(born, date!(2030 - 11 - 20)), Group::Youth);
        assert_eq!(group(born, date!(2030 - 11 - 21)), Group::Adult);
    }

    #[test]
    fn who_was_born_on_a_leap_day_is_older_on_the_first_of_march_of_other_years() {
        let born = date!(2012 - 02 - 29);
        assert_eq!(group(born, date!(2026 - 02 - 28)), Group::Child);
        assert_eq!(group(born, date!(2026 - 03 - 01)), Group::Youth);
        // 2028 has the day.
        let born = date!(2008 - 02 - 29);
        assert_eq!(years(born, date!(2028 - 02 - 28)), 19);
        assert_eq!(years(born, date!(2028 - 02 - 29)), 20);
    }

    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        let born = date!(2012 - 11 - 21);
        let before = business_date(datetime!(2026-11-20 15:59:59 UTC));
        let after = business_date(datetime!(2026-11-20 16:00:00 UTC));
        assert_eq!(group(born, before), Group::Child);
        assert_eq!(group(born, after), Group::Youth);
    }

    #[test]
    fn implausible_days_of_birth_are_recognised() {
        let today = date!(2026 - 11 - 21);
        for (born, right) in [
            (date!(1900 - 01 - 01), true),
            (date!(1899 - 12 - 31), false),
            (date!(2026 - 11 - 20), true),
            (date!(2026 - 11 - 21), false),
            (date!(2099 - 01 - 01), false),
        ] {
            assert_eq!(plausible(born, today), right, "{born}");
        }
        let today = date!(2050 - 06 - 15);
        assert!(plausible(date!(1919 - 06 - 16), today), "130");
        assert!(!plausible(date!(1919 - 06 - 15), today), "131");
    }

    #[test]
    fn the_day_of_birth_is_read_from_the_number() {
        assert_eq!(born("11010519491231002X"), Some(date!(1949 - 12 - 31)));
        assert_eq!(born("110105194902300020"), None);
        assert_eq!(born("1101"), None);
    }

    fn days() -> impl Strategy<Value = Date> {
        (0i64..55_000).prop_map(|days| date!(1900 - 01 - 01) + Duration::days(days))
    }

    proptest! {
        #[test]
        fn nobody_grows_younger(born in days(), day in days(), later in 0i64..10_000) {
            let later = day + Duration::days(later);
            prop_assert!(years(born, day) <= years(born, later));
            prop_assert!(group(born, day) <= group(born, later));
        }

        #[test]
        fn who_is_born_later_is_no_older(born in days(), later in 0i64..10_000, day in days()) {
            prop_assert!(years(born + Duration::days(later), day) <= years(born, day));
        }

        /// Each age is reached on exactly one day, once a year.
        #[test]
        fn a_year_older_on_one_day_of_each_year(born in days(), after in 1i32..120) {
            let year = born.year() + after;
            let first = Date::from_ordinal_date(year, 1).unwrap();
            let turns = (0..i64::from(time::util::days_in_year(year)))
                .map(|day| first + Duration::days(day))
                .filter(|day| years(born, *day) != years(born, *day - Duration::DAY));
            let turns: Vec<Date> = turns.collect();
            prop_assert_eq!(turns.len(), 1);
            let leap = (born.month(), born.day()) == (time::Month::February, 29);
            let common = !time::util::is_leap_year(year);
            let expected = if leap && common { (time::Month::March, 1) } else { (born.month(), born.day()) };
            prop_assert_eq!((turns[0].month(), turns[0].day()), expected);
            prop_assert_eq!(years(born, turns[0]), after);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = born(&text);
        }
    }
}
