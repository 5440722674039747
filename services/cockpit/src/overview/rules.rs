//! Computes the figures of an overview from the sums by metric and province.

use std::collections::BTreeMap;

use super::Sum;
use crate::{
    catalogue::{CATALOGUE, Definition, Metric},
    facts::{Province, places::PROVINCES},
};

/// A metric over all provinces: value and today.
pub fn in_total(sums: &[Sum], metric: Metric) -> (i64, i64) {
    let of_it = sums.iter().filter(|s| s.metric == metric);
    of_it.fold((0, 0), |(value, today), s| {
        (value + s.value, today + s.today)
    })
}

/// The metrics that a scope can see: numbers about people belong to no organisation, so only a scope that reaches everything sees them.
pub fn visible(everything: bool) -> impl Iterator<Item = &'static Definition> {
    CATALOGUE
        .iter()
        .filter(move |d| everything || d.by_organisation())
}

/// One province in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvinceFigures {
    /// People registered.
    pub people: i64,
    /// Memberships in force.
    pub memberships: i64,
    /// Activities published.
    pub activities: i64,
    /// Attendances.
    pub attendances: i64,
}

/// All provinces by code, also those without a number; the unknown province is last.
pub fn provinces(sums: &[Sum]) -> Vec<(Province, ProvinceFigures)> {
    let mut figures: BTreeMap<Province, ProvinceFigures> = BTreeMap::new();
    for sum in sums {
        let f = figures.entry(sum.province).or_default();
        match sum.metric {
            Metric::PeopleRegistered => f.people += sum.value,
            Metric::MembershipsActive => f.memberships += sum.value,
            Metric::ActivitiesPublished => f.activities += sum.value,
            Metric::Attendances => f.attendances += sum.value,
            _ => {}
        }
    }
    let all = PROVINCES.into_iter().chain([Province::UNKNOWN]);
    all.map(|p| (p, figures.get(&p).copied().unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sum(metric: Metric, code: &str, value: i64, today: i64) -> Sum {
        Sum {
            metric,
            province: Province::by_code(code).unwrap(),
            value,
            today,
        }
    }

    #[test]
    fn provinces_add_up_to_the_total() {
        let sums = [
            sum(Metric::PeopleRegistered, "110000", 5, 1),
            sum(Metric::PeopleRegistered, "820000", 3, 0),
            sum(Metric::PeopleRegistered, "000000", 2, 2),
            sum(Metric::Attendances, "110000", 7, 7),
        ];
        let provinces = provinces(&sums);
        assert_eq!(provinces.len(), 35);
        assert_eq!(provinces[34].0, Province::UNKNOWN);
        assert_eq!(provinces.iter().map(|(_, f)| f.people).sum::<i64>(), 10);
        assert_eq!(
            provinces[0].1,
            ProvinceFigures {
                people: 5,
                attendances: 7,
                ..Default::default()
            }
        );
        assert_eq!(in_total(&sums, Metric::PeopleRegistered), (10, 3));
    }

    #[test]
    fn numbers_about_people_need_a_scope_that_reaches_everything() {
        let names = |everything| visible(everything).map(|d| d.name).collect::<Vec<_>>();
        assert!(names(true).contains(&"people_registered"));
        assert!(!names(false).iter().any(|name| name.starts_with("people_")));
        assert_eq!(names(true).len(), CATALOGUE.len());
    }
}
