//! Whom periods are about, and how many distinct people a selection has.

use roaring::RoaringBitmap;

use crate::{Number, Person, days::bytes};

/// Stands for no person and for no period: neither number is ever assigned.
const NONE: u32 = u32::MAX;

/// The people of the periods of one state.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// The person of each period.
    of: Vec<Person>,
    /// The period of the same person that was entered before each period.
    before: Vec<Number>,
    /// The period of each person that was entered last.
    latest: Vec<Number>,
    /// Periods whose person has no other: as many people as periods.
    alone: RoaringBitmap,
}

/// Marks for people already counted, kept between counts so that nothing is allocated. One count at a time uses it.
#[derive(Debug, Default)]
pub struct Marks(Vec<u64>);

impl People {
    /// Enters the next period.
    pub(crate) fn push(&mut self, number: Number, person: Option<Person>) {
        let Some(person) = person.filter(|person| *person != NONE) else {
            self.of.push(NONE);
            self.before.push(NONE);
            return;
        };
        let at = person as usize;
        if self.latest.len() <= at {
            self.latest.resize(at + 1, NONE);
        }
        let before = std::mem::replace(&mut self.latest[at], number);
        if before == NONE {
            self.alone.insert(number);
        } else {
            self.alone.remove(before);
        }
        self.of.push(person);
        self.before.push(before);
    }

    /// The periods of a person, the one entered last first.
    pub(crate) fn periods(&self, person: Person) -> impl Iterator<Item = Number> {
        let next = |number: Number| (number != NONE).then_some(number);
        let latest = self.latest.get(person as usize).copied().and_then(next);
        std::iter::successors(latest, move |at| next(self.before[*at as usize]))
    }

    /// How many distinct people the selected periods are about.
    pub(crate) fn distinct(&self, selected: &RoaringBitmap, marks: &mut Marks) -> u64 {
        let alone = selected.intersection_len(&self.alone);
        if alone == selected.len() {
            return alone;
        }
        let shared = selected - &self.alone;
        let marks = &mut marks.0;
        let words = self.latest.len().div_ceil(64);
        if marks.len() < words {
            marks.resize(words, 0);
        }
        let mut people = 0;
        for number in &shared {
            let person = self.of[number as usize];
            if person == NONE {
                continue;
            }
            let (word, bit) = (&mut marks[person as usize / 64], 1u64 << (person % 64));
            people += u64::from(*word & bit == 0);
            *word |= bit;
        }
        // Whichever touches less memory.
        if shared.len() < words as u64 {
            for number in &shared {
                let person = self.of[number as usize];
                if person != NONE {
                    marks[person as usize / 64] = 0;
                }
            }
        } else {
            marks[..words].fill(0);
        }
        alone + people
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> u64 {
        let numbers = self.of.capacity() + self.before.capacity() + self.latest.capacity();
        (numbers * size_of::<u32>()) as u64 + bytes(&self.alone)
    }
}
