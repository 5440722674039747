//! Periods by the day on which they began or ended.

use std::collections::BTreeMap;

use roaring::{MultiOps as _, RoaringBitmap};

use crate::{Day, Number};

/// Length of the middle blocks of days, as a power of two: 32 days.
const MIDDLE: u32 = 5;

/// Length of the long blocks: 1,024 days.
const LONG: u32 = 10;

/// Numbers by day, with their unions over blocks of days, so that any span of days is the union of a few bitmaps: 31 days at most at
/// each end, as many middle blocks, and one long block for each 1,024 days between.
#[derive(Debug, Default)]
pub(crate) struct Days {
    days: BTreeMap<Day, RoaringBitmap>,
    middle: BTreeMap<Day, RoaringBitmap>,
    long: BTreeMap<Day, RoaringBitmap>,
    all: RoaringBitmap,
}

impl Days {
    /// Enters a number on a day.
    pub(crate) fn insert(&mut self, day: Day, number: Number) {
        self.days.entry(day).or_default().insert(number);
        self.middle.entry(day >> MIDDLE).or_default().insert(number);
        self.long.entry(day >> LONG).or_default().insert(number);
        self.all.insert(number);
    }

    /// All numbers.
    pub(crate) fn all(&self) -> &RoaringBitmap {
        &self.all
    }

    /// The numbers up to the end of a day.
    pub(crate) fn until(&self, day: Day) -> RoaringBitmap {
        match (self.days.first_key_value(), self.days.last_key_value()) {
            (Some((first, _)), Some((last, _))) if day < *last => self.between(*first, day),
            _ => self.all.clone(),
        }
    }

    /// The numbers of the days from `from` to `to`, both included.
    pub(crate) fn between(&self, from: Day, to: Day) -> RoaringBitmap {
        if from > to {
            return RoaringBitmap::new();
        }
        let mut parts = Vec::new();
        collect(&self.long, LONG, from, to, &mut parts, |from, to, parts| {
            collect(&self.middle, MIDDLE, from, to, parts, |from, to, parts| {
                parts.extend(self.days.range(from..=to).map(|(_, numbers)| numbers));
            });
        });
        parts.union()
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> u64 {
        let of = |map: &BTreeMap<Day, RoaringBitmap>| map.values().map(bytes).sum::<u64>();
        of(&self.days) + of(&self.middle) + of(&self.long) + bytes(&self.all)
    }
}

/// Takes the blocks that lie within `from..=to`, and leaves what sticks out at both ends to `rest`.
fn collect<'a>(
    blocks: &'a BTreeMap<Day, RoaringBitmap>,
    length: u32,
    from: Day,
    to: Day,
    parts: &mut Vec<&'a RoaringBitmap>,
    mut rest: impl FnMut(Day, Day, &mut Vec<&'a RoaringBitmap>),
) {
    let size = 1i64 << length;
    // The first block that begins at `from` or later, and the first that does not end by `to`.
    let first = (i64::from(from) + size - 1) >> length;
    let beyond = (i64::from(to) + 1) >> length;
    if first >= beyond {
        rest(from, to, parts);
        return;
    }
    // Both are at most as large as a day.
    let day = |at: i64| Day::try_from(at).unwrap_or(if at < 0 { Day::MIN } else { Day::MAX });
    parts.extend(
        blocks
            .range(day(first)..day(beyond))
            .map(|(_, numbers)| numbers),
    );
    let (head_end, tail_begin) = ((first << length) - 1, beyond << length);
    if i64::from(from) <= head_end {
        rest(from, day(head_end), parts);
    }
    if tail_begin <= i64::from(to) {
        rest(day(tail_begin), to, parts);
    }
}

/// When periods began. They are numbered in the order in which they are entered, which is nearly that of their beginning: a period that
/// began earlier than one before it is *late* and found by its day instead of by its number.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    /// Each day on which periods began in order, with the first number of that day; both grow.
    runs: Vec<(Day, Number)>,
    late: Days,
    next: Number,
}

impl Begun {
    /// Enters the next period; returns its number.
    pub(crate) fn push(&mut self, day: Day) -> Number {
        let number = self.next;
        match self.runs.last() {
            Some((latest, _)) if day < *latest => self.late.insert(day, number),
            Some((latest, _)) if day == *latest => {}
            _ => self.runs.push((day, number)),
        }
        self.next += 1;
        number
    }

    /// How many there are.
    pub(crate) fn len(&self) -> Number {
        self.next
    }

    /// The first number of the periods that began in order after a day.
    fn after(&self, day: Day) -> Number {
        let at = self.runs.partition_point(|(begun, _)| *begun <= day);
        self.runs.get(at).map_or(self.next, |(_, number)| *number)
    }

    /// Those that began by the end of a day.
    pub(crate) fn until(&self, day: Day) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        found.insert_range(0..self.after(day));
        // A late one among them began even earlier.
        if !self.late.all().is_empty() {
            found |= self.late.until(day);
        }
        found
    }

    /// Those that began from `from` to `to`.
    pub(crate) fn between(&self, from: Day, to: Day) -> RoaringBitmap {
        if from > to {
            return RoaringBitmap::new();
        }
        let mut found = RoaringBitmap::new();
        let first = from.checked_sub(1).map_or(0, |before| self.after(before));
        found.insert_range(first..self.after(to));
        if !self.late.all().is_empty() {
            found -= self.late.all();
            found |= self.late.between(from, to);
        }
        found
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> u64 {
        self.late.bytes() + (self.runs.capacity() * size_of::<(Day, Number)>()) as u64
    }
}

/// Bytes of a bitmap, roughly.
pub(crate) fn bytes(bitmap: &RoaringBitmap) -> u64 {
    let s = bitmap.statistics();
    s.n_bytes_array_containers + s.n_bytes_run_containers + s.n_bytes_bitset_containers
}
