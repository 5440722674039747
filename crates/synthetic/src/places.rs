//! Places and societies of people, from the reference data, unevenly distributed.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Result, ensure};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    chance::{Of, Zipf, below, bits, unit},
    rows::rows,
};

/// The provinces of the mainland, those with the most synthetic people first.
const RANKED: [&str; 31] = [
    "11", "32", "31", "44", "37", "33", "42", "51", "61", "43", "41", "34", "21", "12", "13", "50",
    "35", "23", "22", "36", "53", "14", "45", "52", "62", "65", "15", "46", "64", "63", "54",
];

/// The counties of each province, in the order of [`RANKED`].
#[derive(Debug)]
pub struct Places {
    counties: Vec<Vec<String>>,
    by_province: Zipf,
}

#[derive(Deserialize)]
struct Division {
    code: String,
    level: String,
}

impl Places {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let mut by_province: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for division in rows::<Division>(file)? {
            if division.level == "county"
                && let Some(province) = division.code.get(..2)
            {
                by_province
                    .entry(province.to_owned())
                    .or_default()
                    .push(division.code);
            }
        }
        let counties: Vec<Vec<String>> = RANKED
            .iter()
            .map(|province| by_province.remove(*province).unwrap_or_default())
            .collect();
        ensure!(
            counties.iter().all(|counties| !counties.is_empty()),
            "{}: a province has no county",
            file.display()
        );
        Ok(Self {
            by_province: Zipf::new(counties.len(), 0.8),
            counties,
        })
    }

    /// The county (GB/T 2260) of the record with this ordinal.
    pub fn division(&self, of: Of, ordinal: u64) -> &str {
        let province = self.by_province.place(unit(of, ordinal));
        let counties = &self.counties[province];
        // Another part of the same bits, so that county and province are independent.
        let county = (bits(of, ordinal ^ 0x5555_5555) % counties.len() as u64) as usize;
        &counties[county]
    }
}

/// An organisation that people join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Society {
    /// As in the reference data.
    pub organisation_id: Uuid,
    /// In Chinese.
    pub name: String,
}

/// The national societies.
#[derive(Debug)]
pub struct Societies {
    all: Vec<Society>,
    sizes: Zipf,
}

#[derive(Deserialize)]
struct Organisation {
    id: Uuid,
    code: String,
    kind: String,
    name: String,
}

/// The largest synthetic society. Its staff are the demo accounts.
const BIGGEST: &str = "B-20";

impl Societies {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let mut societies: Vec<Organisation> = rows(file)?;
        societies.retain(|organisation| organisation.kind == "national_society");
        ensure!(!societies.is_empty(), "{}: no society", file.display());
        // A stable sort: otherwise in the order of the file.
        societies.sort_by_key(|society| society.code != BIGGEST);
        Ok(Self {
            sizes: Zipf::new(societies.len(), 1.0),
            all: societies
                .into_iter()
                .map(|society| Society {
                    organisation_id: society.id,
                    name: society.name,
                })
                .collect(),
        })
    }

    /// All of them, the largest first.
    pub fn all(&self) -> &[Society] {
        &self.all
    }

    /// The index of the society that holds this activity.
    pub fn of_activity(&self, activity: u64) -> usize {
        self.sizes.place(unit(Of::Pool, activity))
    }

    /// The indexes of `count` different societies for a person (fewer if there are fewer).
    pub fn of_person(&self, person: u64, count: usize) -> Vec<usize> {
        let mut places = Vec::with_capacity(count);
        for draw in 0..count.min(self.all.len()) as u64 {
            let mut place = self
                .sizes
                .place(unit(Of::Society, person.wrapping_mul(8) + draw));
            // Another one if it is taken, spread so that the large ones do not lose.
            let step = 1 + below(Of::Path, person, 7) as usize;
            while places.contains(&place) {
                place = (place + step) % self.all.len();
                if places.contains(&place) && step > 1 {
                    place = (place + 1) % self.all.len();
                }
            }
            places.push(place);
        }
        places
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    fn seeds() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds")
    }

    #[test]
    fn provinces_are_unevenly_peopled_and_none_is_empty() {
        let places = Places::read(&seeds().join("divisions.csv")).unwrap();
        let mut people: BTreeMap<&str, u32> = BTreeMap::new();
        for person in 0..50_000 {
            let code = places.division(Of::Division, person);
            assert_eq!(code.len(), 6);
            *people.entry(&code[..2]).or_default() += 1;
        }
        assert_eq!(people.len(), 31);
        assert!(people["11"] > 10 * people["54"], "{people:?}");
    }

    #[test]
    fn nobody_joins_a_society_twice() {
        let societies = Societies::read(&seeds().join("organisations.csv")).unwrap();
        assert!(societies.all().len() > 200);
        let mut biggest = 0;
        for person in 0..20_000 {
            let places = societies.of_person(person, 4);
            let distinct: HashSet<&usize> = places.iter().collect();
            assert_eq!((places.len(), distinct.len()), (4, 4));
            biggest += usize::from(places.contains(&0));
        }
        assert!(biggest > 5_000, "{biggest}");
    }
}
