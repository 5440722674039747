//! When things happen: more in spring and autumn than in summer and around the Spring Festival, more on weekdays, more by day than at
//! night, and more each year. The shares are invented.

use time::{Date, Duration, Month, OffsetDateTime, UtcOffset, Weekday};

/// The past, day by day.
#[derive(Debug)]
pub(crate) struct Seasons {
    begin: OffsetDateTime,
    /// The share of all that has happened by the end of each day.
    cumulated: Vec<f64>,
}

/// The part of a day, from 8:00 in Beijing on, in which nearly everything happens.
const WAKING: f64 = 14.0 / 24.0;
/// How much of a day happens in that part.
const BY_DAY: f64 = 0.97;

impl Seasons {
    /// The past of this many days, at least one, that ends at `end`, a midnight of UTC: days begin at 8:00 in Beijing.
    pub(crate) fn before(end: OffsetDateTime, days: usize) -> Self {
        let begin = end.to_offset(UtcOffset::UTC) - Duration::days(days as i64);
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = (0..days)
            .map(|day| {
                let date = begin.date().saturating_add(Duration::days(day as i64));
                sum += of_day(date) * (1.0 + day as f64 / days as f64);
                sum
            })
            .collect();
        for share in &mut cumulated {
            *share /= sum;
        }
        Self { begin, cumulated }
    }

    /// The moment by which this share (0 to 1) has happened, in whole milliseconds.
    pub(crate) fn moment(&self, share: f64) -> OffsetDateTime {
        let share = share.clamp(0.0, 1.0);
        let day = self.cumulated.partition_point(|by_then| *by_then < share);
        let before = day
            .checked_sub(1)
            .map_or(0.0, |before| self.cumulated[before]);
        let whole = self
            .cumulated
            .get(day)
            .map_or(0.0, |by_then| by_then - before);
        let part = if whole > 0.0 {
            (share - before) / whole
        } else {
            0.0
        };
        let of_day = if part < BY_DAY {
            part / BY_DAY * WAKING
        } else {
            WAKING + (part - BY_DAY) / (1.0 - BY_DAY) * (1.0 - WAKING)
        };
        // Whole milliseconds: PostgreSQL keeps microseconds.
        self.begin + Duration::milliseconds(((day as f64 + of_day) * 86_400e3) as i64)
    }
}

fn of_day(date: Date) -> f64 {
    let of_month = match date.month() {
        Month::January => 0.8,
        Month::February => 0.5,
        Month::March => 1.2,
        Month::April => 1.25,
        Month::May => 1.15,
        Month::June | Month::December => 1.0,
        Month::July => 0.7,
        Month::August => 0.6,
        Month::September => 1.3,
        Month::October => 1.1,
        Month::November => 1.2,
    };
    match date.weekday() {
        Weekday::Saturday | Weekday::Sunday => of_month * 0.5,
        _ => of_month,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::datetime;

    use super::*;

    fn seasons() -> Seasons {
        Seasons::before(datetime!(2026-11-22 00:00 UTC), 731)
    }

    #[test]
    fn time_goes_forward_from_the_beginning_to_the_end() {
        let seasons = seasons();
        assert_eq!(seasons.moment(0.0), datetime!(2024-11-21 00:00 UTC));
        let end = datetime!(2026-11-22 00:00 UTC);
        assert!(end - seasons.moment(1.0) < Duration::SECOND);
        let mut before = seasons.moment(0.0);
        for at in 1..=50_000 {
            let moment = seasons.moment(f64::from(at) / 50_000.0);
            assert!(before < moment && moment <= end, "{at}: {moment}");
            before = moment;
        }
    }

    #[test]
    fn more_happens_in_autumn_than_in_summer_and_by_day_than_at_night() {
        let seasons = seasons();
        let moments: Vec<_> = (0..20_000)
            .map(|at| seasons.moment(f64::from(at) / 20_000.0))
            .collect();
        let count =
            |of: &dyn Fn(&OffsetDateTime) -> bool| moments.iter().filter(|at| of(at)).count();
        let month = |month: Month| count(&|at| at.year() == 2026 && at.month() == month);
        assert!(month(Month::September) > month(Month::August) * 3 / 2);
        assert!(count(&|at| at.year() == 2026) > count(&|at| at.year() == 2025) * 4 / 5);
        // 14:00 to 24:00 of UTC is 22:00 to 8:00 in Beijing.
        assert!(count(&|at| at.hour() >= 14) < 20_000 / 20);
    }
}
