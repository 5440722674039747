//! Whom periods are about, and how many distinct people a selection has.

use roaring::RoaringBitmap;

use crate::{Number, Person, days::bytes};

/// Stands for no person and for no period: neither number is ever assigned.
const NONE: u32 = u32::MAX;

/// Stands for no person in the place of the period before.
const NO_PERSON: u32 = NONE - 1;

/// Set in the number of a period before which there is no other, so that this is known without looking there. Numbers are below it.
const FIRST: u32 = 1 << 31;

/// From so many periods on, a selection is copied to plain bits before it is asked about one period after the other.
const MANY: u64 = 20_000;

/// The people of the periods of one state.
#[derive(Debug, Default)]
pub(crate) struct People {
    /// The period of the same person that was entered before each period.
    before: Vec<Number>,
    /// The period of each person that was entered last.
    latest: Vec<Number>,
    /// Periods before which their person has none.
    first: RoaringBitmap,
    /// Periods about a person that are not the first.
    later: RoaringBitmap,
}

/// Room for a selection as plain bits, kept between counts so that nothing is allocated. One count at a time uses it.
#[derive(Debug, Default)]
pub struct Marks {
    bits: Vec<u64>,
    block: Vec<u32>,
}

impl People {
    /// Enters the next period.
    pub(crate) fn push(&mut self, number: Number, person: Option<Person>) {
        let Some(person) = person.filter(|person| *person != NONE) else {
            self.before.push(NO_PERSON);
            return;
        };
        let at = person as usize;
        if self.latest.len() <= at {
            self.latest.resize(at + 1, NONE);
        }
        let before = std::mem::replace(&mut self.latest[at], number);
        let flag = match before {
            NONE => 0,
            _ if self.before[before as usize] == NONE => FIRST,
            _ => 0,
        };
        self.before.push(before | flag);
        match before {
            NONE => self.first.insert(number),
            _ => self.later.insert(number),
        };
    }

    /// The periods of a person, the one entered last first.
    pub(crate) fn periods(&self, person: Person) -> impl Iterator<Item = Number> {
        let next = |number: Number| (number != NONE).then_some(number);
        let latest = self.latest.get(person as usize).copied().and_then(next);
        std::iter::successors(latest, move |at| {
            next(self.before[*at as usize]).map(|before| before & !FIRST)
        })
    }

    /// How many distinct people the selected periods are about: each is counted with the earliest of their periods that is selected.
    pub(crate) fn distinct(&self, selected: &RoaringBitmap, marks: &mut Marks) -> u64 {
        let first = selected.intersection_len(&self.first);
        let later = selected & &self.later;
        if later.len() < MANY {
            return first + self.earliest(&later, |number| selected.contains(number));
        }
        marks.set(selected);
        first + self.earliest(&later, |number| marks.has(number))
    }

    /// Counts each selected period in its group, and each person once in each of their groups. `of` is the group of a period, if it is in
    /// one.
    pub(crate) fn grouped(
        &self,
        selected: &RoaringBitmap,
        marks: &mut Marks,
        of: impl Fn(Number) -> Option<usize>,
        mut count: impl FnMut(usize, Number, bool),
    ) {
        let many = selected.len() >= MANY;
        if many {
            marks.set(selected);
        }
        let is_selected = |number| match many {
            true => marks.has(number),
            false => selected.contains(number),
        };
        for number in selected {
            let Some(group) = of(number) else { continue };
            let earliest = self.is_earliest(number, |before| {
                is_selected(before) && of(before) == Some(group)
            });
            count(group, number, earliest);
        }
    }

    /// How many of these periods have no selected one before them.
    fn earliest(&self, later: &RoaringBitmap, is_selected: impl Fn(Number) -> bool) -> u64 {
        later
            .iter()
            .filter(|number| self.is_earliest(*number, &is_selected))
            .count() as u64
    }

    /// Whether a period is about a person of whom none before it is selected.
    fn is_earliest(&self, number: Number, is_selected: impl Fn(Number) -> bool) -> bool {
        let mut before = self.before[number as usize];
        match before {
            NONE => return true,
            NO_PERSON => return false,
            _ => {}
        }
        loop {
            if is_selected(before & !FIRST) {
                return false;
            }
            if before & FIRST != 0 {
                return true;
            }
            before = self.before[before as usize];
        }
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> u64 {
        let numbers = self.before.capacity() + self.latest.capacity();
        (numbers * size_of::<u32>()) as u64 + bytes(&self.first) + bytes(&self.later)
    }
}

impl Marks {
    /// Takes a selection in the place of the one before.
    fn set(&mut self, selected: &RoaringBitmap) {
        let words = selected.max().map_or(0, |last| last as usize / 64 + 1);
        self.bits.clear();
        self.bits.resize(words, 0);
        self.block.resize(4_096, 0);
        let mut numbers = selected.iter();
        loop {
            let block = numbers.next_many(&mut self.block);
            if block.is_empty() {
                return;
            }
            for number in block.iter() {
                self.bits[*number as usize / 64] |= 1 << (number % 64);
            }
        }
    }

    fn has(&self, number: Number) -> bool {
        let word = self.bits.get(number as usize / 64);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}
