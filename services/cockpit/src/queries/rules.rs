//! Validates queries, and computes the numbers of each day of a period.

use std::collections::BTreeMap;

use time::{Date, Duration};

use super::{Breakdown, MAX_PERIOD_DAYS, Query, QueryError};
use crate::{
    catalogue::{Kind, Metric},
    facts::Province,
};

/// Length in days of a period without a first day.
const DEFAULT_PERIOD_DAYS: i64 = 30;

/// A query as requested.
#[derive(Clone, Debug)]
pub struct Requested<'a> {
    /// Name of the metric.
    pub metric: &'a str,
    /// First day, if given.
    pub from: Option<Date>,
    /// Last day, if given.
    pub to: Option<Date>,
    /// The breakdown.
    pub breakdown: Breakdown,
    /// Code of the only province, or empty.
    pub province_code: &'a str,
    /// The only organisation.
    pub organisation_id: Option<uuid::Uuid>,
}

/// Validates a request on the day `today` by a caller who reaches `everything` or not.
pub fn query(
    requested: &Requested<'_>,
    today: Date,
    everything: bool,
) -> Result<Query, QueryError> {
    let metric = Metric::by_name(requested.metric).ok_or(QueryError::UnknownMetric)?;
    if !metric.definition().by_organisation() {
        if requested.breakdown == Breakdown::Organisation {
            return Err(QueryError::NotByOrganisation { field: "breakdown" });
        }
        if requested.organisation_id.is_some() {
            return Err(QueryError::NotByOrganisation {
                field: "organisation_id",
            });
        }
        if !everything {
            return Err(QueryError::OutOfReach);
        }
    }
    let province = match requested.province_code {
        "" => None,
        code => Some(Province::by_code(code).ok_or(QueryError::UnknownProvince)?),
    };
    let to = requested.to.unwrap_or(today);
    let from = match requested.from {
        Some(day) => day,
        None => to
            .checked_sub(Duration::days(DEFAULT_PERIOD_DAYS))
            .ok_or(QueryError::OutOfCalendar)?,
    };
    // PostgreSQL and RFC 3339 both know the years 1 to 9999.
    if from.year() < 1 {
        return Err(QueryError::OutOfCalendar);
    }
    match (to - from).whole_days() {
        ..=-1 => Err(QueryError::EndsBeforeItBegins),
        days if days > MAX_PERIOD_DAYS => Err(QueryError::TooLong),
        _ => Ok(Query {
            metric,
            from,
            to,
            breakdown: requested.breakdown,
            province,
            organisation_id: requested.organisation_id,
        }),
    }
}

/// The value of each day from `from` to `to`, without gaps. `moved` has the change on each day with facts; `closing` is a
/// stock at the end of `to`. The value of a flow is the change of the day, that of a stock the number at its end.
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
        let query = query(&requested("attendances"), TODAY, false).unwrap();
        assert_eq!((query.from, query.to), (date!(2026 - 10 - 22), TODAY));
    }

    #[test]
    fn reversed_and_overlong_periods_are_refused() {
        let with = |from, to| {
            let requested = Requested {
                from: Some(from),
                to: Some(to),
                ..requested("attendances")
            };
            query(&requested, TODAY, false)
        };
        let day = date!(2026 - 01 - 01);
        assert!(with(day, day).is_ok());
        assert!(with(day, day + Duration::days(MAX_PERIOD_DAYS)).is_ok());
        assert_eq!(
            with(day, day + Duration::days(MAX_PERIOD_DAYS + 1)),
            Err(QueryError::TooLong)
        );
        assert_eq!(
            with(day, day - Duration::days(1)),
            Err(QueryError::EndsBeforeItBegins)
        );
    }

    #[test]
    fn a_period_before_the_calendar_is_refused() {
        let early = Requested {
            to: Some(date!(0001 - 01 - 05)),
            ..requested("attendances")
        };
        assert_eq!(query(&early, TODAY, true), Err(QueryError::OutOfCalendar));
        let late = Requested {
            to: Some(date!(9999 - 12 - 31)),
            ..requested("attendances")
        };
        assert!(query(&late, TODAY, true).is_ok());
    }

    #[test]
    fn numbers_about_people_need_a_scope_that_reaches_everything() {
        assert!(query(&requested("people_registered"), TODAY, true).is_ok());
        assert_eq!(
            query(&requested("people_registered"), TODAY, false),
            Err(QueryError::OutOfReach)
        );
    }

    #[test]
    fn numbers_about_people_have_no_organisation() {
        let by = Requested {
            breakdown: Breakdown::Organisation,
            ..requested("people_verified")
        };
        assert_eq!(
            query(&by, TODAY, true),
            Err(QueryError::NotByOrganisation { field: "breakdown" })
        );
        let of = Requested {
            organisation_id: Some(Uuid::max()),
            ..requested("people_verified")
        };
        assert_eq!(
            query(&of, TODAY, true),
            Err(QueryError::NotByOrganisation {
                field: "organisation_id"
            })
        );
    }

    #[test]
    fn unknown_names_are_refused() {
        assert_eq!(
            query(&requested("people"), TODAY, true),
            Err(QueryError::UnknownMetric)
        );
        let requested = Requested {
            province_code: "990000",
            ..requested("attendances")
        };
        assert_eq!(
            query(&requested, TODAY, true),
            Err(QueryError::UnknownProvince)
        );
        let requested = Requested {
            province_code: "000000",
            ..requested
        };
        assert_eq!(
            query(&requested, TODAY, true).unwrap().province,
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
