//! Places and societies of people, from the reference data, unevenly distributed.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::{Result, ensure};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    chance::{Of, Zipf, below, bits, unit},
    rows::rows,
    topics::{self, Subject},
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
    names: HashMap<String, String>,
    by_province: Zipf,
}

#[derive(Deserialize)]
struct Division {
    code: String,
    name: String,
    level: String,
}

impl Places {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let mut by_province: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut names = HashMap::new();
        for division in rows::<Division>(file)? {
            names.insert(division.code.clone(), division.name);
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
            names,
        })
    }

    /// The name of a division, empty if there is none.
    pub fn name(&self, code: &str) -> &str {
        self.names.get(code).map_or("", String::as_str)
    }

    /// A county of this province (its two digits), or of any if it has none.
    pub fn within(&self, province: &str, ordinal: u64) -> &str {
        let place = RANKED.iter().position(|ranked| *ranked == province);
        match place {
            Some(place) => self.county(Of::Division, place, ordinal),
            None => self.division(Of::Division, ordinal),
        }
    }

    /// The county (GB/T 2260) of the record with this ordinal.
    pub fn division(&self, of: Of, ordinal: u64) -> &str {
        let province = self.by_province.place(unit(of, ordinal));
        self.county(of, province, ordinal)
    }

    fn county(&self, of: Of, province: usize, ordinal: u64) -> &str {
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
    /// Its field.
    pub subject: Subject,
    /// Its discipline, where its name says one, e.g. `计算机`.
    pub discipline: Option<String>,
}

impl Society {
    /// Something that it deals with.
    pub fn topic(&self, ordinal: u64) -> String {
        match &self.discipline {
            Some(discipline) => topics::within(discipline, ordinal),
            None => self.subject.topic(ordinal).to_owned(),
        }
    }
}

/// The national societies, and the associations of the provinces, which hold activities but have no members.
#[derive(Debug)]
pub struct Societies {
    all: Vec<Society>,
    sizes: Zipf,
    associations: Vec<Organiser>,
}

/// An organisation that holds activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organiser {
    /// As in the reference data.
    pub organisation_id: Uuid,
    /// Its field.
    pub subject: Subject,
    /// The two digits of its province; empty for a national society.
    pub province: String,
    /// What the activity is about.
    pub topic: String,
}

#[derive(Deserialize)]
struct Organisation {
    id: Uuid,
    code: String,
    kind: String,
    name: String,
    division_code: String,
    subject_class: String,
}

/// The share of activities that associations hold.
const OF_ASSOCIATIONS: f64 = 0.3;

/// The largest synthetic society. Its staff are the demo accounts.
const BIGGEST: &str = "B-20";

impl Societies {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let mut societies: Vec<Organisation> = rows(file)?;
        let associations: Vec<Organiser> = societies
            .iter()
            .filter(|organisation| organisation.kind == "regional_association")
            .map(|association| Organiser {
                organisation_id: association.id,
                subject: Subject::Public,
                province: association.division_code.chars().take(2).collect(),
                topic: String::new(),
            })
            .collect();
        ensure!(
            !associations.is_empty(),
            "{}: no association",
            file.display()
        );
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
                    subject: Subject::of_class(&society.subject_class),
                    discipline: topics::discipline(
                        &society.name,
                        Subject::of_class(&society.subject_class),
                    ),
                    name: society.name,
                })
                .collect(),
            associations,
        })
    }

    /// All of them, the largest first.
    pub fn all(&self) -> &[Society] {
        &self.all
    }

    /// The associations of the provinces.
    pub fn associations(&self) -> &[Organiser] {
        &self.associations
    }

    /// Who holds this activity.
    pub fn organiser(&self, activity: u64) -> Organiser {
        if unit(Of::Society, !activity) < OF_ASSOCIATIONS {
            let place = below(Of::Pool, activity, self.associations.len() as u64) as usize;
            let topic = Subject::Public.topic(activity).to_owned();
            return Organiser {
                topic,
                ..self.associations[place].clone()
            };
        }
        let society = &self.all[self.sizes.place(unit(Of::Pool, activity))];
        Organiser {
            organisation_id: society.organisation_id,
            subject: society.subject,
            province: String::new(),
            topic: society.topic(activity),
        }
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
