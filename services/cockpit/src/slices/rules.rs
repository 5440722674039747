//! Validates requests. Pure.

use time::{Date, Duration};
use uuid::Uuid;

use super::{
    Compare, Dimension, Filter, Grain, MAX_POINTS, Slice, SliceError,
    dimension::{ORGANISATION_KINDS, SUBJECT_CLASSES, age_bands, value},
    when::{Span, compared, steps},
};
use crate::catalogue::Metric;

/// Length in days of a period without a first day.
const DEFAULT_PERIOD_DAYS: i64 = 30;

/// Most values of a filter.
const MAX_VALUES: usize = 100;

/// A slice as requested.
#[derive(Clone, Debug)]
pub struct Requested<'a> {
    /// Name of the metric.
    pub metric: &'a str,
    /// `dimension=value,value`.
    pub filters: &'a [String],
    /// Names of dimensions.
    pub group_by: &'a [String],
    /// First day, if given.
    pub from: Option<Date>,
    /// Last day, if given.
    pub to: Option<Date>,
    /// The steps of the course.
    pub grain: Option<Grain>,
    /// What it is compared with.
    pub compare: Option<Compare>,
}

/// Validates a request on the day `today` by a caller who reaches `everything` or not.
pub fn slice(
    requested: &Requested<'_>,
    today: Date,
    everything: bool,
) -> Result<Slice, SliceError> {
    let metric = Metric::by_name(requested.metric).ok_or(SliceError::UnknownMetric)?;
    if !everything && !metric.definition().by_organisation() {
        return Err(SliceError::OutOfReach);
    }
    let filters = requested
        .filters
        .iter()
        .map(|text| filter(metric, text))
        .collect::<Result<_, _>>()?;
    let group_by = requested
        .group_by
        .iter()
        .map(|name| dimension(metric, "group_by", name))
        .collect::<Result<Vec<_>, _>>()?;
    if group_by.len() == 2 && group_by[0] == group_by[1] {
        return Err(SliceError::Twice);
    }
    let to = requested.to.unwrap_or(today);
    let from = match requested.from {
        Some(day) => day,
        None => to
            .checked_sub(Duration::days(DEFAULT_PERIOD_DAYS))
            .ok_or(SliceError::OutOfCalendar)?,
    };
    if from.year() < 1 {
        return Err(SliceError::OutOfCalendar);
    }
    if from > to {
        return Err(SliceError::EndsBeforeItBegins);
    }
    let span = Span { from, to };
    if let Some(grain) = requested.grain {
        steps(span, grain, MAX_POINTS).ok_or(SliceError::TooManyPoints)?;
    }
    if let Some(compare) = requested.compare {
        compared(span, compare)?;
    }
    Ok(Slice {
        metric,
        filters,
        group_by,
        from,
        to,
        grain: requested.grain,
        compare: requested.compare,
    })
}

fn dimension(metric: Metric, field: &'static str, name: &str) -> Result<Dimension, SliceError> {
    Dimension::by_name(name)
        .filter(|dimension| metric.definition().slices.contains(&dimension.name()))
        .ok_or_else(|| SliceError::NoDimension {
            field,
            name: name.to_owned(),
            metric,
        })
}

fn filter(metric: Metric, text: &str) -> Result<Filter, SliceError> {
    let (name, values) = text.split_once('=').ok_or(SliceError::Filter)?;
    let dimension = dimension(metric, "filters", name)?;
    let values: Vec<String> = values.split(',').map(str::to_owned).collect();
    if values.len() > MAX_VALUES || values.iter().any(String::is_empty) {
        return Err(SliceError::Filter);
    }
    match values.iter().find(|value| !exists(dimension, value)) {
        Some(value) => Err(SliceError::NoValue {
            dimension,
            value: value.clone(),
        }),
        None => Ok(Filter { dimension, values }),
    }
}

fn exists(dimension: Dimension, key: &str) -> bool {
    match dimension {
        Dimension::Organisation => Uuid::try_parse(key).is_ok(),
        Dimension::OrganisationKind => ORGANISATION_KINDS.contains(&key),
        Dimension::SubjectClass => SUBJECT_CLASSES.contains(&key),
        // The bands are the same in every year.
        Dimension::AgeBand => age_bands(2000).iter().any(|(name, _)| *name == key),
        _ => value(dimension.column(), key).is_some(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 30);

    fn ask(
        metric: &str,
        filters: &[&str],
        group_by: &[&str],
        everything: bool,
    ) -> Result<Slice, SliceError> {
        let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(|t| (*t).into()).collect() };
        let requested = Requested {
            metric,
            filters: &owned(filters),
            group_by: &owned(group_by),
            from: None,
            to: None,
            grain: None,
            compare: None,
        };
        slice(&requested, TODAY, everything)
    }

    #[test]
    fn a_filter_is_one_of_some_values() {
        let slice = ask(
            "memberships_active",
            &["province=110000,310000", "gender=FEMALE"],
            &["category"],
            false,
        )
        .unwrap();
        assert_eq!(slice.filters.len(), 2);
        assert_eq!(slice.filters[0].values, ["110000", "310000"]);
        assert_eq!(slice.group_by, [Dimension::Category]);
        assert_eq!((slice.from, slice.to), (date!(2026 - 10 - 31), TODAY));
    }

    #[test]
    fn what_does_not_exist_is_refused_with_its_field() {
        let refused = |filters: &[&str], group_by: &[&str]| {
            ask("memberships_active", filters, group_by, true).unwrap_err()
        };
        assert_eq!(refused(&["province"], &[]), SliceError::Filter);
        assert_eq!(refused(&["province="], &[]), SliceError::Filter);
        for (filter, dimension) in [
            ("province=990000", Dimension::Province),
            ("gender=male", Dimension::Gender),
            ("age_band=30", Dimension::AgeBand),
            ("organisation=x", Dimension::Organisation),
            ("organisation_kind=CLUB", Dimension::OrganisationKind),
        ] {
            assert!(
                matches!(refused(&[filter], &[]), SliceError::NoValue { dimension: of, .. } if of == dimension),
                "{filter}"
            );
        }
        for name in ["activity_kind", "day", "colour"] {
            assert!(
                matches!(
                    refused(&[], &[name]),
                    SliceError::NoDimension {
                        field: "group_by",
                        ..
                    }
                ),
                "memberships have no {name}"
            );
        }
        assert_eq!(refused(&[], &["province", "province"]), SliceError::Twice);
    }

    #[test]
    fn people_are_for_those_who_reach_everything() {
        assert_eq!(
            ask("people_registered", &[], &[], false),
            Err(SliceError::OutOfReach)
        );
        assert!(ask("people_registered", &[], &[], true).is_ok());
        assert_eq!(
            ask("people", &[], &[], true),
            Err(SliceError::UnknownMetric)
        );
    }
}
