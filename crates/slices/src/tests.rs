//! The index against a recount that walks through all periods, over random histories.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{Count, Day, Marks, Number, Period, Person, Selection, Set, Value};

const DIMENSIONS: usize = 2;

/// A period as the recount knows it.
#[derive(Clone, Debug)]
struct Known {
    person: Option<Person>,
    begun: Day,
    ended: Option<Day>,
    amount: u32,
    values: [Value; DIMENSIONS],
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    Begin(Known),
    End { which: usize, after: Day },
    Describe { person: Person, value: Value },
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly in order of time, at times earlier; days far apart and before the epoch, so that blocks of each length are met.
    let day = prop_oneof![-40i32..40, -3_000i32..3_000];
    let begin = (
        proptest::option::weighted(0.9, 0u32..12),
        day,
        0u32..3,
        [0u32..3, 0u32..3],
    )
        .prop_map(|(person, begun, amount, values)| {
            Step::Begin(Known {
                person,
                begun,
                ended: None,
                amount,
                values,
            })
        });
    prop_oneof![
        6 => begin,
        3 => (any::<usize>(), prop_oneof![0i32..5, 0i32..2_000])
            .prop_map(|(which, after)| Step::End { which, after }),
        1 => (0u32..12, 0u32..3).prop_map(|(person, value)| Step::Describe { person, value }),
    ]
}

/// Index and recount after the same steps. What describes a person stands in the second dimension.
fn played(steps: Vec<Step>, in_order: bool) -> (Set, Vec<Known>) {
    let (mut set, mut known) = (Set::new(DIMENSIONS, &[0]), Vec::<Known>::new());
    let mut described = [0; 12];
    let mut now = Day::MIN;
    for step in steps {
        match step {
            Step::Begin(mut period) => {
                if in_order {
                    now = now.max(period.begun);
                    period.begun = now;
                }
                if let Some(person) = period.person {
                    period.values[1] = described[person as usize];
                }
                set.push(&Period {
                    person: period.person,
                    begun: period.begun,
                    amount: period.amount,
                    values: &period.values,
                });
                known.push(period);
            }
            Step::End { which, after } if !known.is_empty() => {
                let number = which % known.len();
                let period = &mut known[number];
                let day = period.begun + after;
                set.end(number as Number, day);
                period.ended.get_or_insert(day);
            }
            Step::End { .. } => {}
            Step::Describe { person, value } => {
                let from = std::mem::replace(&mut described[person as usize], value);
                set.describe(person, 1, from, value);
                for period in known.iter_mut().filter(|p| p.person == Some(person)) {
                    period.values[1] = value;
                }
            }
        }
    }
    (set, known)
}

fn recount(known: &[Known], wanted: impl Fn(&Known) -> bool) -> (Selection, Count) {
    let mut count = Count::default();
    let mut people = BTreeSet::new();
    let mut selected = Selection::new();
    for (number, period) in known.iter().enumerate().filter(|(_, p)| wanted(p)) {
        selected.insert(number as Number);
        count.periods += 1;
        count.amount += u64::from(period.amount);
        people.extend(period.person);
    }
    count.people = people.len() as u64;
    (selected, count)
}

proptest! {
    #[test]
    fn every_slice_equals_a_recount(
        steps in proptest::collection::vec(step(), 0..120),
        in_order in any::<bool>(),
        days in proptest::collection::vec(-3_100i32..3_100, 6),
        wanted in proptest::collection::btree_set(0u32..4, 0..3),
    ) {
        let (set, known) = played(steps, in_order);
        let mut marks = Marks::default();
        prop_assert_eq!(set.len() as usize, known.len());
        for day in &days {
            let going_on = |p: &Known| p.begun <= *day && p.ended.is_none_or(|ended| ended > *day);
            let (selected, count) = recount(&known, going_on);
            prop_assert_eq!(&set.as_of(*day), &selected);
            prop_assert_eq!(set.count(&selected, &mut marks), count);
            for dimension in 0..DIMENSIONS {
                let (sliced, count) =
                    recount(&known, |p| going_on(p) && wanted.contains(&p.values[dimension]));
                let found = set.having(dimension, wanted.iter().copied()) & &selected;
                prop_assert_eq!(&found, &sliced);
                prop_assert_eq!(set.count(&found, &mut marks), count);
                // Two groups of values and one that is left out, in a wide and in a narrow dimension.
                let key = |value: Value| (value != 2).then_some(value / 2 + value);
                let expected: Vec<(Value, Count)> = [0, 1]
                    .into_iter()
                    .map(|value| {
                        let of = |p: &Known| going_on(p) && p.values[dimension] == value;
                        (value, recount(&known, of).1)
                    })
                    .filter(|(_, count)| count.periods > 0)
                    .collect();
                prop_assert_eq!(set.groups(&selected, dimension, key, &mut marks), expected);
                let all = |_: Value| Some(7);
                let whole = set.groups(&selected, dimension, all, &mut marks);
                let (_, count) = recount(&known, going_on);
                prop_assert_eq!(whole, if count.periods > 0 { vec![(7, count)] } else { vec![] });
                // The groups of a dimension are all of it, each period once.
                let groups: u64 = set.values(dimension).map(|(_, of)| of.intersection_len(&selected)).sum();
                prop_assert_eq!(groups, selected.len());
            }
            let to = day.saturating_add(days[0].rem_euclid(1_500));
            let (selected, count) = recount(&known, |p| (*day..=to).contains(&p.begun));
            prop_assert_eq!(&set.begun_between(*day, to), &selected);
            prop_assert_eq!(set.count(&selected, &mut marks), count);
        }
    }
}

#[test]
fn a_person_with_two_periods_counts_once_and_twice() {
    let mut set = Set::new(1, &[]);
    for (person, value) in [(7, 0), (8, 0), (7, 1)] {
        set.push(&Period {
            person: Some(person),
            begun: 1,
            amount: 0,
            values: &[value],
        });
    }
    let mut marks = Marks::default();
    let all = set.count(&set.as_of(1), &mut marks);
    assert_eq!((all.periods, all.people), (3, 2));
    let parts: u64 = set
        .values(0)
        .map(|(_, of)| set.count(of, &mut marks).people)
        .sum();
    assert_eq!(parts, 3, "the sum of the parts is larger than the whole");
}

#[test]
fn what_is_unknown_is_ignored() {
    let mut set = Set::new(1, &[]);
    set.end(3, 5);
    set.describe(3, 9, 0, 1);
    assert!(set.is_empty() && set.having(9, [0]).is_empty());
    assert_eq!(
        set.count(&set.as_of(0), &mut Marks::default()),
        Count::default()
    );
    assert!(set.begun_between(5, 4).is_empty());
}
