//! The dimensions. Pure.

use std::ops::RangeInclusive;

use crate::facts::{City, Province, places::NoProvince};

/// By what numbers can be broken down and limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// By GB/T 2260, `110000`; `000000` if none is known.
    Province,
    /// The city, or the county of a municipality.
    City,
    /// The division itself, as precise as it is known.
    County,
    /// Grouped: the organisation itself. Limited: it and all below it.
    Organisation,
    /// Kind of the organisation, e.g. `NATIONAL_SOCIETY`.
    OrganisationKind,
    /// Subject class of a society, e.g. `SCIENCE`.
    SubjectClass,
    /// Category of a membership, e.g. `STUDENT`.
    Category,
    /// Kind of an activity, e.g. `LECTURE`.
    ActivityKind,
    /// `MALE`, `FEMALE`, or `UNKNOWN` of those who are not verified.
    Gender,
    /// Bands of age: in the year asked for, by the year of birth.
    AgeBand,
}

impl Dimension {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Province,
        Self::City,
        Self::County,
        Self::Organisation,
        Self::OrganisationKind,
        Self::SubjectClass,
        Self::Category,
        Self::ActivityKind,
        Self::Gender,
        Self::AgeBand,
    ];

    /// Its name in the contract and in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
            Self::Organisation => "organisation",
            Self::OrganisationKind => "organisation_kind",
            Self::SubjectClass => "subject_class",
            Self::Category => "category",
            Self::ActivityKind => "activity_kind",
            Self::Gender => "gender",
            Self::AgeBand => "age_band",
        }
    }

    /// The dimension of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }

    /// Where the index keeps its values.
    pub fn column(self) -> Column {
        match self {
            Self::Province => Column::Province,
            Self::City => Column::City,
            Self::County => Column::County,
            Self::Organisation | Self::OrganisationKind | Self::SubjectClass => {
                Column::Organisation
            }
            Self::Category => Column::Category,
            Self::ActivityKind => Column::ActivityKind,
            Self::Gender => Column::Gender,
            Self::AgeBand => Column::BirthYear,
        }
    }

    /// Whether the values are attributes of organisations, which the index does not know.
    pub fn of_organisations(self) -> bool {
        self.column() == Column::Organisation
    }
}

/// The columns of the index: one bitmap for each value of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Two digits of GB/T 2260.
    Province,
    /// Six digits.
    City,
    /// Six digits.
    County,
    /// Numbered by the index.
    Organisation,
    /// As the contract numbers it.
    Category,
    /// As the contract numbers it.
    ActivityKind,
    /// As the contract numbers it.
    Gender,
    /// Four digits; 0: not known.
    BirthYear,
    /// 1: a beginning; 0: a reinstatement.
    First,
}

impl Column {
    /// How many there are.
    pub const COUNT: usize = 9;

    /// Those with thousands of values. Provinces and cities are groups of counties, kinds groups of organisations.
    pub const WIDE: [Self; 2] = [Self::County, Self::Organisation];
}

/// Named values of a column, with the numbers that the contract gives them.
const CATEGORIES: [(&str, u32); 4] = [("ORDINARY", 1), ("STUDENT", 2), ("SENIOR", 3), (UNKNOWN, 0)];
const ACTIVITY_KINDS: [(&str, u32); 6] = [
    ("ACADEMIC_MEETING", 1),
    ("LECTURE", 2),
    ("POPULAR_SCIENCE", 3),
    ("TRAINING", 4),
    ("VOLUNTEERING", 5),
    (UNKNOWN, 0),
];
const GENDERS: [(&str, u32); 3] = [("MALE", 1), ("FEMALE", 2), (UNKNOWN, 0)];

/// Kinds and subject classes of organisations, as the contract names them.
pub const ORGANISATION_KINDS: [&str; 6] = [
    "HEADQUARTERS",
    "REGIONAL_ASSOCIATION",
    "NATIONAL_SOCIETY",
    "LOCAL_SOCIETY",
    "BRANCH",
    "GRASSROOTS",
];
/// Of societies; `UNKNOWN` of others.
pub const SUBJECT_CLASSES: [&str; 6] = [
    "SCIENCE",
    "ENGINEERING",
    "AGRICULTURE",
    "MEDICINE",
    "INTERDISCIPLINARY",
    UNKNOWN,
];

/// What is not known.
pub const UNKNOWN: &str = "UNKNOWN";

/// Bands of age with first and last year of age; the last is that of the unknown.
const AGE_BANDS: [(&str, i32, i32); 7] = [
    ("UNDER_18", 0, 17),
    ("18_24", 18, 24),
    ("25_34", 25, 34),
    ("35_44", 35, 44),
    ("45_54", 45, 54),
    ("55_64", 55, 64),
    ("65_AND_OVER", 65, 300),
];

/// The named values of a column that has them.
fn named(column: Column) -> &'static [(&'static str, u32)] {
    match column {
        Column::Category => &CATEGORIES,
        Column::ActivityKind => &ACTIVITY_KINDS,
        Column::Gender => &GENDERS,
        _ => &[],
    }
}

/// The key of a value in a column whose values stand for themselves or are named.
pub fn key(column: Column, value: u32) -> String {
    match column {
        Column::Province => format!("{:06}", value * 10_000),
        Column::City | Column::County => format!("{value:06}"),
        _ => named(column)
            .iter()
            .find(|(_, number)| *number == value)
            // A name that a later version of the contract has added.
            .map_or_else(|| value.to_string(), |(name, _)| (*name).to_owned()),
    }
}

/// The value of a key, likewise; `None` if there is no such value.
pub fn value(column: Column, key: &str) -> Option<u32> {
    let digits = || {
        (key.len() == 6 && key.bytes().all(|b| b.is_ascii_digit()))
            .then(|| key.parse::<u32>().ok())
            .flatten()
    };
    match column {
        Column::Province => Province::by_code(key).and_then(|_| digits().map(|n| n / 10_000)),
        Column::City | Column::County => {
            let number = digits()?;
            (number == 0 || City::of_division(key).is_ok()).then_some(number)
        }
        _ => named(column)
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, number)| *number),
    }
}

/// Province and city of a division by its number, as the index keeps them.
pub fn places(division: u32) -> Result<(u32, u32), NoProvince> {
    if division == 0 {
        return Ok((0, 0));
    }
    let city = City::of_division(&format!("{division:06}"))?;
    Ok((division / 10_000, city.number()))
}

/// The bands of age in the order of age, then the unknown, with the years of birth of those who are in them in `year`.
pub fn age_bands(year: i32) -> Vec<(&'static str, RangeInclusive<u32>)> {
    let born = |age: i32| u32::try_from(year - age).unwrap_or(1).max(1);
    AGE_BANDS
        .iter()
        .map(|(name, youngest, oldest)| {
            // Who is born later than this year is in the first band as well.
            let last = match youngest {
                0 => 9_999,
                _ => born(*youngest),
            };
            (*name, born(*oldest)..=last)
        })
        .chain([(UNKNOWN, 0..=0)])
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::by_name(dimension.name()), Some(dimension));
        }
        assert_eq!(Dimension::by_name("day"), None);
        for column in [Column::Category, Column::ActivityKind, Column::Gender] {
            for (name, number) in named(column) {
                assert_eq!(value(column, name), Some(*number));
                assert_eq!(key(column, *number), *name);
            }
        }
        assert_eq!(key(Column::Category, 9), "9");
    }

    #[test]
    fn metrics_are_sliced_by_dimensions_that_exist() {
        for definition in crate::catalogue::CATALOGUE {
            for name in definition.slices {
                assert!(
                    Dimension::by_name(name).is_some(),
                    "{}: {name}",
                    definition.name
                );
            }
            // A caller who reaches some organisations only is limited by them.
            assert_eq!(
                definition.by_organisation(),
                definition.slices.contains(&"organisation")
            );
        }
    }

    #[test]
    fn names_are_those_of_the_contract() {
        use proto_events::v1::activity::Kind;
        use proto_identity::v1::Gender;
        use proto_membership::v1::MembershipCategory;
        for (name, number) in CATEGORIES.iter().filter(|(_, n)| *n > 0) {
            assert_eq!(
                MembershipCategory::from_str_name(name).map(|c| c as u32),
                Some(*number)
            );
        }
        for (name, number) in ACTIVITY_KINDS.iter().filter(|(_, n)| *n > 0) {
            assert_eq!(Kind::from_str_name(name).map(|k| k as u32), Some(*number));
        }
        for (name, number) in GENDERS.iter().filter(|(_, n)| *n > 0) {
            assert_eq!(Gender::from_str_name(name).map(|g| g as u32), Some(*number));
        }
        // None was forgotten.
        assert!(MembershipCategory::try_from(CATEGORIES.len() as i32).is_err());
        assert!(Kind::try_from(ACTIVITY_KINDS.len() as i32).is_err());
        assert!(Gender::try_from(GENDERS.len() as i32).is_err());
    }

    #[test]
    fn a_division_lies_in_its_province_and_city() {
        assert_eq!(places(440_305), Ok((44, 440_300)));
        assert_eq!(places(110_105), Ok((11, 110_105)));
        assert_eq!(places(0), Ok((0, 0)));
        assert!(places(990_101).is_err());
        assert_eq!(value(Column::Province, "440000"), Some(44));
        assert_eq!(value(Column::Province, "440300"), None);
        assert_eq!(value(Column::City, "990000"), None);
        assert_eq!(key(Column::Province, 0), "000000");
    }

    #[test]
    fn every_year_of_birth_is_in_one_band() {
        for year in [2000, 2026] {
            for born in 0..=9_999u32 {
                let bands = age_bands(year);
                let found = bands.iter().filter(|(_, years)| years.contains(&born));
                let expected = usize::from(born == 0 || born as i32 >= year - 300);
                assert_eq!(found.count(), expected, "{born} in {year}");
            }
        }
        let in_2026 = age_bands(2026);
        assert!(
            in_2026[3].1.contains(&1991) && in_2026[2].1.contains(&1992),
            "35 and 34"
        );
    }
}
