//! Which questions can be answered, and how the numbers of a period follow from one another.

use std::collections::BTreeMap;

use time::{Date, Duration};

use super::{Breakdown, LONGEST, Question, QuestionError};
use crate::{
    catalogue::{Kind, Metric},
    facts::Province,
};

/// A period without a first day begins so many days before the last.
const USUAL: i64 = 30;

/// A question as it was requested.
#[derive(Clone, Debug)]
pub struct Requested<'a> {
    /// Name of the metric.
    pub metric: &'a str,
    /// First day, if given.
    pub from: Option<Date>,
    /// Last day, if given.
    pub to: Option<Date>,
    /// How broken down.
    pub breakdown: Breakdown,
    /// Code of the only province, or empty.
    pub province_code: &'a str,
    /// The only organisation.
    pub organisation_id: Option<uuid::Uuid>,
}

/// Makes a question of what was requested on the day `today`, by somebody who reaches `everything` or not.
pub fn question(
    requested: &Requested<'_>,
    today: Date,
    everything: bool,
) -> Result<Question, QuestionError> {
    let metric = Metric::by_name(requested.metric).ok_or(QuestionError::UnknownMetric)?;
    if !metric.definition().by_organisation() {
        if requested.breakdown == Breakdown::Organisation {
            return Err(QuestionError::NotByOrganisation { field: "breakdown" });
        }
        if requested.organisation_id.is_some() {
            return Err(QuestionError::NotByOrganisation {
                field: "organisation_id",
            });
        }
        if !everything {
            return Err(QuestionError::OutOfReach);
        }
    }
    let province = match requested.province_code {
        "" => None,
        code => Some(Province::by_code(code).ok_or(QuestionError::UnknownProvince)?),
    };
    let to = requested.to.unwrap_or(today);
    let from = match requested.from {
        Some(day) => day,
        None => to
            .checked_sub(Duration::days(USUAL))
            .ok_or(QuestionError::OutOfCalendar)?,
    };
    // PostgreSQL and RFC 3339 both know the years 1 to 9999.
    if from.year() < 1 {
        return Err(QuestionError::OutOfCalendar);
    }
    match (to - from).whole_days() {
        ..=-1 => Err(QuestionError::EndsBeforeItBegins),
        days if days > LONGEST => Err(QuestionError::TooLong),
        _ => Ok(Question {
            metric,
            from,
            to,
            breakdown: requested.breakdown,
            province,
            organisation_id: requested.organisation_id,
        }),
    }
}

/// The value of each day from `from` to `to`, without gaps. `moved` says by how much the metric moved on the days on which
/// it did; `closing` is a stock at the end of `to`. A flow is what moved, a stock what there was at the end of the day.
pub fn by_day(
    kind: Kind,
    from: Date,
    to: Date,
    moved: &BTreeMap<Date, i64>,
    closing: i64,
) -> Vec<(Date, i64)> {
    let mut values = Vec::new();
    let mut stock = closing;
    let mut day = to;
    while day >= from {
        let delta = moved.get(&day).copied().unwrap_or(0);
        values.push(match kind {
            Kind::Flow => (day, delta),
            Kind::Stock => (day, stock),
        });
        stock -= delta;
        match day.previous_day() {
            Some(before) => day = before,
            None => break,
        }
    }
    values.reverse();
    values
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 21);

    fn requested(metric: &str) -> Requested<'_> {
        Requested {
            metric,
            from: None,
            to: None,
            breakdown: Breakdown::Total,
            province_code: "",
            organisation_id: None,
        }
    }

    #[test]
    fn the_usual_period_ends_today_and_begins_thirty_days_before() {
        let question = question(&requested("attendances"), TODAY, false).unwrap();
        assert_eq!((question.from, question.to), (date!(2026 - 10 - 22), TODAY));
    }

    #[test]
    fn a_period_has_an_order_and_an_end() {
        let with = |from, to| {
            let requested = Requested {
                from: Some(from),
                to: Some(to),
                ..requested("attendances")
            };
            question(&requested, TODAY, false)
        };
        let day = date!(2026 - 01 - 01);
        assert!(with(day, day).is_ok());
        assert!(with(day, day + Duration::days(LONGEST)).is_ok());
        assert_eq!(
            with(day, day + Duration::days(LONGEST + 1)),
            Err(QuestionError::TooLong)
        );
        assert_eq!(
            with(day, day - Duration::days(1)),
            Err(QuestionError::EndsBeforeItBegins)
        );
    }

    #[test]
    fn the_first_days_of_the_calendar_are_refused_not_wrapped() {
        let early = Requested {
            to: Some(date!(0001 - 01 - 05)),
            ..requested("attendances")
        };
        assert_eq!(
            question(&early, TODAY, true),
            Err(QuestionError::OutOfCalendar)
        );
        let late = Requested {
            to: Some(date!(9999 - 12 - 31)),
            ..requested("attendances")
        };
        assert!(question(&late, TODAY, true).is_ok());
    }

    #[test]
    fn numbers_about_people_are_for_those_who_reach_everything() {
        assert!(question(&requested("people_registered"), TODAY, true).is_ok());
        assert_eq!(
            question(&requested("people_registered"), TODAY, false),
            Err(QuestionError::OutOfReach)
        );
    }

    #[test]
    fn numbers_about_people_have_no_organisation() {
        let by = Requested {
            breakdown: Breakdown::Organisation,
            ..requested("people_verified")
        };
        assert_eq!(
            question(&by, TODAY, true),
            Err(QuestionError::NotByOrganisation { field: "breakdown" })
        );
        let of = Requested {
            organisation_id: Some(Uuid::max()),
            ..requested("people_verified")
        };
        assert_eq!(
            question(&of, TODAY, true),
            Err(QuestionError::NotByOrganisation {
                field: "organisation_id"
            })
        );
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(
            question(&requested("people"), TODAY, true),
            Err(QuestionError::UnknownMetric)
        );
        let requested = Requested {
            province_code: "990000",
            ..requested("attendances")
        };
        assert_eq!(
            question(&requested, TODAY, true),
            Err(QuestionError::UnknownProvince)
        );
        let requested = Requested {
            province_code: "000000",
            ..requested
        };
        assert_eq!(
            question(&requested, TODAY, true).unwrap().province,
            Some(Province::UNKNOWN)
        );
    }

    proptest! {
        #[test]
        fn a_stock_is_the_running_sum_of_what_moved(
            opening in -5i64..1_000,
            moves in proptest::collection::btree_map(0i64..20, -50i64..50, 0..15),
            length in 0i64..20,
        ) {
            let from = date!(2026 - 02 - 20);
            let to = from + Duration::days(length);
            let moved: BTreeMap<Date, i64> = moves
                .iter()
                .map(|(at, delta)| (from + Duration::days(*at), *delta))
                .filter(|(day, _)| *day <= to)
                .collect();
            let closing = opening + moved.values().sum::<i64>();

            let mut expected = opening;
            let stock = by_day(Kind::Stock, from, to, &moved, closing);
            let flow = by_day(Kind::Flow, from, to, &moved, closing);
            prop_assert_eq!(stock.len() as i64, length + 1);
            for (at, ((day, value), (same_day, delta))) in stock.into_iter().zip(flow).enumerate() {
                prop_assert_eq!(day, from + Duration::days(at as i64));
                prop_assert_eq!(day, same_day);
                prop_assert_eq!(delta, moved.get(&day).copied().unwrap_or(0));
                expected += delta;
                prop_assert_eq!(value, expected);
            }
        }
    }
}
