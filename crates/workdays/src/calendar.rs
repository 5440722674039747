//! Which days are working days.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use time::{Date, Weekday, macros::format_description};

const HEADER: &str = "date,kind,occasion,notice";

/// The days that differ from the week, of the years whose holidays are announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    exceptions: BTreeMap<Date, Kind>,
    years: BTreeSet<i32>,
}

/// A day, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// In China.
    pub date: Date,
    /// What it is.
    pub kind: Kind,
}

/// What a day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Monday to Friday, and no holiday.
    Working,
    /// A Saturday or Sunday on which a holiday is made up for (调休). Work is done.
    MakeUp {
        /// The holiday in Chinese.
        occasion: String,
    },
    /// A Saturday or Sunday.
    Weekend,
    /// A public holiday, or a day off in exchange for a make-up day.
    Holiday {
        /// Its name in Chinese.
        occasion: String,
    },
}

impl Kind {
    /// Whether work is done.
    pub const fn is_working(&self) -> bool {
        matches!(self, Self::Working | Self::MakeUp { .. })
    }

    /// The holiday that a day belongs to, in Chinese; empty for an ordinary one.
    pub fn occasion(&self) -> &str {
        match self {
            Self::MakeUp { occasion } | Self::Holiday { occasion } => occasion,
            Self::Working | Self::Weekend => "",
        }
    }
}

/// The holidays of this year are not announced yet, or were never entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the holidays of {year} are not known")]
pub struct Unannounced {
    /// Of the Gregorian calendar.
    pub year: i32,
}

/// A line of the file is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct Malformed {
    /// The header is line 1.
    pub line: usize,
    /// What is wrong.
    pub fault: &'static str,
}

impl Calendar {
    /// That of `seeds/working-days.csv`, compiled in.
    pub fn china() -> &'static Self {
        static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
            // A test of this crate reads the same text. Without a calendar every deadline is said to be unknown.
            Calendar::parse(include_str!("../../../seeds/working-days.csv")).unwrap_or_default()
        });
        &CHINA
    }

    /// Reads `date,kind,occasion,notice` with `kind` one of `holiday` and `make_up`, sorted by date. A year is known if it has a line.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut calendar = Self::default();
        let mut last = None;
        for (at, row) in text.lines().enumerate() {
            let line = at + 1;
            let refuse = |fault| Malformed { line, fault };
            if at == 0 {
                if row == HEADER {
                    continue;
                }
                return Err(refuse("the header must be date,kind,occasion,notice"));
            }
            let fields: Vec<&str> = row.split(',').collect();
            let [date, kind, occasion, notice] = fields[..] else {
                return Err(refuse("there must be four fields"));
            };
            if occasion.is_empty() || notice.is_empty() {
                return Err(refuse("occasion and notice must be given"));
            }
            let date = Date::parse(date, format_description!("[year]-[month]-[day]"))
                .map_err(|_| refuse("date must be a day, YYYY-MM-DD"))?;
            if last.replace(date) >= Some(date) {
                return Err(refuse("the days must be sorted, each once"));
            }
            let occasion = occasion.to_owned();
            let kind = match kind {
                "holiday" => Kind::Holiday { occasion },
                "make_up" if is_weekend(date) => Kind::MakeUp { occasion },
                "make_up" => return Err(refuse("a make-up day is a Saturday or Sunday")),
                _ => return Err(refuse("kind must be holiday or make_up")),
            };
            calendar.years.insert(date.year());
            calendar.exceptions.insert(date, kind);
        }
        Ok(calendar)
    }

    /// What a day is.
    pub fn day(&self, date: Date) -> Result<Day, Unannounced> {
        if !self.years.contains(&date.year()) {
            return Err(Unannounced { year: date.year() });
        }
        let kind = self.exceptions.get(&date).cloned();
        let ordinary = if is_weekend(date) {
            Kind::Weekend
        } else {
            Kind::Working
        };
        Ok(Day {
            date,
            kind: kind.unwrap_or(ordinary),
        })
    }

    /// The years whose holidays are known.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::date;

    use super::*;

    #[test]
    fn the_file_is_read_and_its_years_have_as_many_working_days_as_the_notices_leave() {
        let read = Calendar::parse(include_str!("../../../seeds/working-days.csv")).unwrap();
        assert_eq!(&read, Calendar::china());
        // 250 and 248 working days: Monday to Friday, less holidays on these days, and the make-up days.
        let working = |year: i32| {
            let first = Date::from_ordinal_date(year, 1).unwrap();
            std::iter::successors(Some(first), |day| day.next_day())
                .take_while(|day| day.year() == year)
                .filter(|day| read.day(*day).unwrap().kind.is_working())
                .count()
        };
        assert_eq!(working(2025), 248);
        assert_eq!(working(2026), 248);
        assert_eq!(working(2024), 251);
    }

    #[test]
    fn days_are_what_the_notices_say() {
        let kind = |day| Calendar::china().day(day).unwrap().kind;
        assert_eq!(kind(date!(2026 - 11 - 27)), Kind::Working);
        assert_eq!(kind(date!(2026 - 11 - 28)), Kind::Weekend);
        let spring = |day| match kind(day) {
            Kind::Holiday { occasion } => occasion == "春节",
            _ => false,
        };
        assert!(spring(date!(2026 - 02 - 15)) && spring(date!(2026 - 02 - 23)));
        assert_eq!(kind(date!(2026 - 02 - 24)), Kind::Working);
        let made_up = kind(date!(2026 - 02 - 28));
        assert!(made_up.is_working() && made_up.occasion() == "春节");
    }

    #[test]
    fn a_year_without_a_line_is_unknown() {
        let unknown = Calendar::china().day(date!(2019 - 06 - 03));
        assert_eq!(unknown, Err(Unannounced { year: 2019 }));
        assert_eq!(
            Calendar::default().day(date!(2026 - 06 - 03)),
            Err(Unannounced { year: 2026 })
        );
    }

    #[test]
    fn a_line_that_is_not_as_it_has_to_be_is_named() {
        let refused = |rows: &str| {
            let Malformed { line, fault } =
                Calendar::parse(&format!("{HEADER}\n{rows}")).unwrap_err();
            (line, fault)
        };
        let day = "2026-01-01,holiday,元旦,通知";
        assert_eq!(refused("2026-01-01,holiday,元旦").0, 2);
        assert_eq!(
            refused("2026-02-30,holiday,元旦,通知").1,
            "date must be a day, YYYY-MM-DD"
        );
        assert_eq!(
            refused(&format!("{day}\n{day}")),
            (3, "the days must be sorted, each once")
        );
        assert_eq!(
            refused("2026-01-02,make_up,元旦,通知").1,
            "a make-up day is a Saturday or Sunday"
        );
        assert_eq!(
            refused("2026-01-02,weekend,元旦,通知").1,
            "kind must be holiday or make_up"
        );
        assert_eq!(
            refused("2026-01-02,holiday,,通知").1,
            "occasion and notice must be given"
        );
        assert_eq!(Calendar::parse("").unwrap(), Calendar::default());
        assert_eq!(Calendar::parse("date\n").unwrap_err().line, 1);
    }
}
