//! The bitmaps of all states, and how far they have come.

use std::collections::{BTreeMap, HashMap};

use slices::{Period, Set};
use time::Date;
use uuid::Uuid;

use super::{
    dimension::{Column, places},
    when::number,
};
use crate::{freshness::Freshness, periods::State};

/// A row of `periods`.
#[derive(Clone, Debug)]
pub struct Row {
    /// Code of the state.
    pub state: i16,
    /// Its number within generation and state.
    pub number: i32,
    /// Number of the person.
    pub person: Option<i32>,
    /// The day it began.
    pub begun: Date,
    /// The day it ended.
    pub ended: Option<Date>,
    /// Nil: none.
    pub organisation_id: Uuid,
    /// GB/T 2260.
    pub division: i32,
    /// As the contract numbers it.
    pub category: i16,
    /// As the contract numbers it.
    pub activity_kind: i16,
    /// Whether it is no reinstatement.
    pub first: bool,
    /// Minutes.
    pub amount: i32,
}

/// A row of `person_descriptions`.
#[derive(Clone, Debug)]
pub struct Described {
    /// Number of the person.
    pub person: i32,
    /// 1 male, 2 female.
    pub gender: i16,
    /// Four digits.
    pub birth_year: i16,
}

/// A period that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Code of the state.
    pub state: i16,
    /// Its number.
    pub number: i32,
    /// The day.
    pub ended: Date,
}

/// Where a snapshot of the rows stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The serving generation.
    pub generation: i32,
    /// The last revision of each source.
    pub revisions: BTreeMap<String, i64>,
    /// How far the events of the sources were applied.
    pub freshness: Vec<Freshness>,
}

/// The rows do not continue the index: it must be built anew.
#[derive(Debug, thiserror::Error)]
#[error("the rows do not continue the index")]
pub struct Discontinued;

/// The bitmaps of all states.
#[derive(Debug)]
pub struct Index {
    position: Position,
    /// By code of the state.
    sets: Vec<Set>,
    /// Gender and year of birth, by number of the person.
    people: Vec<(u8, u16)>,
    numbers: HashMap<Uuid, u32>,
    organisations: Vec<Uuid>,
}

impl Index {
    /// An index of nothing, to be filled with the rows of a snapshot.
    pub fn new(position: Position) -> Self {
        Self {
            position,
            sets: State::ALL
                .map(|_| Set::new(Column::COUNT, &Column::WIDE.map(|column| column as usize)))
                .into(),
            people: Vec::new(),
            numbers: HashMap::new(),
            organisations: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The periods of a state.
    pub fn set(&self, state: State) -> &Set {
        &self.sets[state as usize]
    }

    /// Notes that all rows up to a snapshot are in.
    pub fn moved_to(&mut self, position: Position) {
        self.position = position;
    }

    /// The organisation with a number.
    pub fn organisation(&self, number: u32) -> Uuid {
        self.organisations
            .get(number as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The numbers of these organisations; those of which there is no period have none.
    pub fn organisation_numbers<'a>(
        &'a self,
        ids: impl IntoIterator<Item = &'a Uuid> + 'a,
    ) -> impl Iterator<Item = u32> + 'a {
        ids.into_iter()
            .filter_map(|id| self.numbers.get(id).copied())
    }

    /// Adds the next period of its state.
    pub fn push(&mut self, row: &Row) -> Result<(), Discontinued> {
        let (state, at) = state(row.state)?;
        let organisation = match self.numbers.get(&row.organisation_id) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.organisations.len()).map_err(|_| Discontinued)?;
                self.organisations.push(row.organisation_id);
                self.numbers.insert(row.organisation_id, number);
                number
            }
        };
        let person = row.person.and_then(|number| u32::try_from(number).ok());
        let (gender, birth_year) = person.map_or((0, 0), |person| self.known(person));
        let division = u32::try_from(row.division).unwrap_or(0);
        // Each division was checked when its event was counted.
        let (province, city) = places(division).unwrap_or((0, 0));
        let small = |number: i16| u32::try_from(number).unwrap_or(0);
        // In the order of the columns.
        let values: [u32; Column::COUNT] = [
            province,
            city,
            division,
            organisation,
            small(row.category),
            small(row.activity_kind),
            gender.into(),
            birth_year.into(),
            u32::from(row.first),
        ];
        let set = &mut self.sets[at];
        if u32::try_from(row.number) != Ok(set.len()) {
            return Err(Discontinued);
        }
        let pushed = set.push(&Period {
            person,
            begun: number(row.begun),
            amount: u32::try_from(row.amount).unwrap_or(0),
            values: &values,
        });
        // What only happens has ended at once, and is asked for by when it began.
        if let Some(day) = row.ended.filter(|_| !state.happens()) {
            set.end(pushed, number(day));
        }
        Ok(())
    }

    /// Ends a period.
    pub fn end(&mut self, ended: &Ended) -> Result<(), Discontinued> {
        let (_, at) = state(ended.state)?;
        let period = u32::try_from(ended.number).map_err(|_| Discontinued)?;
        self.sets[at].end(period, number(ended.ended));
        Ok(())
    }

    /// Learns what is known of a person, for the periods that are there and those to come.
    pub fn describe(&mut self, described: &Described) {
        let Ok(person) = u32::try_from(described.person) else {
            return;
        };
        let before = self.known(person);
        let after = (
            u8::try_from(described.gender).unwrap_or(0),
            u16::try_from(described.birth_year).unwrap_or(0),
        );
        let at = person as usize;
        if self.people.len() <= at {
            self.people.resize(at + 1, (0, 0));
        }
        self.people[at] = after;
        for set in self.sets.iter_mut().filter(|set| !set.is_empty()) {
            if before.0 != after.0 {
                let column = Column::Gender as usize;
                set.describe(person, column, before.0.into(), after.0.into());
            }
            if before.1 != after.1 {
                let column = Column::BirthYear as usize;
                set.describe(person, column, before.1.into(), after.1.into());
            }
        }
    }

    fn known(&self, person: u32) -> (u8, u16) {
        self.people.get(person as usize).copied().unwrap_or((0, 0))
    }

    /// Bytes held, roughly.
    pub fn bytes(&self) -> u64 {
        let people = self.people.capacity() * size_of::<(u8, u16)>();
        self.sets.iter().map(Set::bytes).sum::<u64>() + people as u64
    }

    /// Number of periods.
    pub fn len(&self) -> u64 {
        self.sets.iter().map(|set| u64::from(set.len())).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next number of each state.
    pub fn next(&self) -> impl Iterator<Item = (State, u32)> {
        State::ALL
            .into_iter()
            .map(|state| (state, self.set(state).len()))
    }
}

/// A state and its place in the index, by its code.
fn state(code: i16) -> Result<(State, usize), Discontinued> {
    let at = usize::try_from(code - 1).map_err(|_| Discontinued)?;
    State::ALL
        .get(at)
        .map(|state| (*state, at))
        .ok_or(Discontinued)
}
