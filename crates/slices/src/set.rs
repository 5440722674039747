//! The periods of one state.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::{
    Count, Day, Marks, Number, Period, Person, Value,
    days::{Begun, Days},
    people::People,
    values::Values,
};

/// So many groups are counted by their bitmaps if the selection is large.
const FEW: usize = 64;

/// A selection is large from so many periods on.
const LARGE: u64 = 1_000_000;

/// The periods of one state, indexed for any slice. Periods are added and ended; nothing is ever taken out.
#[derive(Debug)]
pub struct Set {
    begun: Begun,
    ended: Days,
    dimensions: Vec<Values>,
    /// The value of each period, in dimensions with so many values that one pass over the periods is faster than one for each value.
    wide: Vec<Option<Vec<Value>>>,
    people: People,
    /// The amount of each period; empty while all are 0.
    amounts: Vec<u32>,
}

impl Set {
    /// An empty set with so many dimensions. For those in `wide` it remembers the value of each period as well: four bytes a period, for
    /// which groups of thousands of values are counted in one pass. Such a value cannot be replaced by [`describe`](Self::describe).
    pub fn new(dimensions: usize, wide: &[usize]) -> Self {
        Self {
            wide: (0..dimensions)
                .map(|dimension| wide.contains(&dimension).then(Vec::new))
                .collect(),
            begun: Begun::default(),
            ended: Days::default(),
            dimensions: std::iter::repeat_with(Values::default)
                .take(dimensions)
                .collect(),
            people: People::default(),
            amounts: Vec::new(),
        }
    }

    /// How many periods it has; also the number of the next.
    pub fn len(&self) -> Number {
        self.begun.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a period and returns its number. Values beyond the dimensions of the set are ignored, missing ones are none.
    pub fn push(&mut self, period: &Period<'_>) -> Number {
        let number = self.begun.push(period.begun);
        self.people.push(number, period.person);
        for (dimension, value) in self.dimensions.iter_mut().zip(period.values) {
            dimension.insert(*value, number);
        }
        for (column, value) in self.wide.iter_mut().zip(period.values) {
            if let Some(column) = column {
                column.resize(number as usize, 0);
                column.push(*value);
            }
        }
        if period.amount != 0 || !self.amounts.is_empty() {
            self.amounts.resize(number as usize, 0);
            self.amounts.push(period.amount);
        }
        number
    }

    /// Ends a period on a day: from the end of that day on it counts no more. A period ends once; an unknown number is ignored.
    pub fn end(&mut self, number: Number, day: Day) {
        if number < self.len() && !self.ended.all().contains(number) {
            self.ended.insert(day, number);
        }
    }

    /// Replaces a value in all periods of a person: what is true of a person is true of each of their periods, whenever it was learnt.
    pub fn describe(&mut self, person: Person, dimension: usize, from: Value, to: Value) {
        let Some(values) = self.dimensions.get_mut(dimension) else {
            return;
        };
        if self.wide.get(dimension).is_some_and(Option::is_some) {
            return;
        }
        for number in self.people.periods(person) {
            values.remove(from, number);
            values.insert(to, number);
        }
    }

    /// The periods that are going on at the end of a day.
    pub fn as_of(&self, day: Day) -> RoaringBitmap {
        let mut found = self.begun.until(day);
        if !self.ended.all().is_empty() {
            found -= self.ended.until(day);
        }
        found
    }

    /// The periods that began from `from` to `to`, both included, whether they have ended or not.
    pub fn begun_between(&self, from: Day, to: Day) -> RoaringBitmap {
        self.begun.between(from, to)
    }

    /// The periods with one of these values in a dimension; none for an unknown dimension.
    pub fn having(
        &self,
        dimension: usize,
        values: impl IntoIterator<Item = Value>,
    ) -> RoaringBitmap {
        self.dimensions
            .get(dimension)
            .map(|of| of.any_of(values))
            .unwrap_or_default()
    }

    /// The values that periods have in a dimension, each with its periods.
    pub fn values(&self, dimension: usize) -> impl Iterator<Item = (Value, &RoaringBitmap)> {
        self.dimensions
            .get(dimension)
            .into_iter()
            .flat_map(Values::iter)
    }

    /// Counts a selection. `marks` may have served another set.
    pub fn count(&self, selected: &RoaringBitmap, marks: &mut Marks) -> Count {
        let amount = if self.amounts.is_empty() {
            0
        } else {
            selected
                .iter()
                .filter_map(|number| self.amounts.get(number as usize))
                .map(|amount| u64::from(*amount))
                .sum()
        };
        Count {
            periods: selected.len(),
            people: self.people.distinct(selected, marks),
            amount,
        }
    }

    /// Counts a selection by the groups of a dimension: `key` says to which group a value belongs, if to one. Groups without periods are left
    /// out; the others come in order of their keys.
    pub fn groups(
        &self,
        selected: &RoaringBitmap,
        dimension: usize,
        key: impl Fn(Value) -> Option<Value>,
        marks: &mut Marks,
    ) -> Vec<(Value, Count)> {
        let mut members: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
        for (value, _) in self.values(dimension) {
            if let Some(key) = key(value) {
                members.entry(key).or_default().push(value);
            }
        }
        let mut counts = vec![Count::default(); members.len()];
        // One pass asks for the group of an earlier period anywhere; a bitmap for each of a few large groups does not.
        let few = members.len() <= FEW && selected.len() >= LARGE;
        match self.wide.get(dimension) {
            Some(Some(column)) if !few => {
                let most = self.values(dimension).last().map_or(0, |(value, _)| value);
                let mut group_of = vec![None; most as usize + 1];
                for (group, values) in members.values().enumerate() {
                    for value in values {
                        group_of[*value as usize] = Some(group);
                    }
                }
                let of = |number: Number| group_of[column[number as usize] as usize];
                self.people
                    .grouped(selected, marks, of, |group, number, earliest| {
                        let count = &mut counts[group];
                        count.periods += 1;
                        count.people += u64::from(earliest);
                        let amount = self.amounts.get(number as usize);
                        count.amount += u64::from(amount.copied().unwrap_or(0));
                    });
            }
            _ => {
                for (count, values) in counts.iter_mut().zip(members.values()) {
                    let part = selected & self.having(dimension, values.iter().copied());
                    *count = self.count(&part, marks);
                }
            }
        }
        members
            .into_keys()
            .zip(counts)
            .filter(|(_, count)| count.periods > 0)
            .collect()
    }

    /// Bytes held by the index, roughly.
    pub fn bytes(&self) -> u64 {
        self.begun.bytes()
            + self.ended.bytes()
            + self.dimensions.iter().map(Values::bytes).sum::<u64>()
            + self.people.bytes()
            + self
                .wide
                .iter()
                .flatten()
                .map(|column| (column.capacity() * size_of::<Value>()) as u64)
                .sum::<u64>()
            + (self.amounts.capacity() * size_of::<u32>()) as u64
    }
}
