#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use uuid::Uuid;

use super::{super::Limits, *};

fn limits(batch: usize, clerks: usize) -> Limits {
    Limits {
        batch,
        clerks,
        at_one_desk: 5,
        in_all: 12,
    }
}

fn activity(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number))
}

fn shares(batch: &[Share<u32>]) -> Vec<(Uuid, Vec<u32>)> {
    batch
        .iter()
        .map(|share| (share.activity_id, share.waiting.clone()))
        .collect()
}

#[test]
fn desks_are_emptied_one_after_the_other_until_the_batch_is_full() {
    let limits = limits(3, 1);
    let mut desks = Desks::default();
    for (at, who) in [(1, 10), (1, 11), (2, 20), (2, 21), (3, 30)] {
        desks.join(activity(at), who, &limits).unwrap();
    }
    let first = desks.take(&limits);
    assert_eq!(
        shares(&first),
        [(activity(1), vec![10, 11]), (activity(2), vec![20])]
    );
    // 21 waits behind 20 and is not decided beside it; it comes after 30.
    let second = desks.take(&limits);
    assert_eq!(shares(&second), [(activity(3), vec![30])]);
    for done in [1, 2, 3] {
        desks.finish(activity(done));
    }
    assert_eq!(shares(&desks.take(&limits)), [(activity(2), vec![21])]);
    desks.finish(activity(2));
    assert_eq!(desks.measure(), (0, 0));
}

#[test]
fn who_is_put_back_comes_first_and_alone() {
    let limits = limits(9, 1);
    let mut desks = Desks::default();
    for (at, who) in [(1, 10), (2, 20), (2, 21)] {
        desks.join(activity(at), who, &limits).unwrap();
    }
    let mut both = desks.take(&limits);
    desks.join(activity(2), 22, &limits).unwrap();
    desks.put_back(both.pop().unwrap());
    desks.finish(activity(2));
    desks.finish(activity(1));
    desks.join(activity(3), 30, &limits).unwrap();
    assert_eq!(
        shares(&desks.take(&limits)),
        [(activity(2), vec![20, 21, 22])]
    );
    assert_eq!(shares(&desks.take(&limits)), [(activity(3), vec![30])]);
}

#[test]
fn too_many_are_turned_away() {
    let limits = limits(9, 1);
    let mut desks = Desks::default();
    for who in 0..5 {
        desks.join(activity(1), who, &limits).unwrap();
    }
    assert_eq!(desks.join(activity(1), 5, &limits), Err(Busy), "at a desk");
    for who in 0..7 {
        desks.join(activity(who / 4 + 2), 0, &limits).unwrap();
    }
    assert_eq!(desks.join(activity(9), 0, &limits), Err(Busy), "in all");
    assert_eq!(desks.measure(), (12, 3));
}

#[test]
fn when_the_last_clerk_breaks_down_nobody_waits_in_vain() {
    let limits = limits(1, 2);
    let mut desks = Desks::default();
    for (at, who) in [(1, 10), (1, 11), (2, 20), (3, 30)] {
        desks.join(activity(at), who, &limits).unwrap();
    }
    assert!(desks.clerk_needed(&limits));
    assert!(desks.clerk_needed(&limits));
    assert!(!desks.clerk_needed(&limits), "there are two");
    desks.take(&limits);
    desks.take(&limits);
    assert_eq!(desks.break_down(&[activity(1)]), [11], "another is there");
    assert_eq!(desks.break_down(&[activity(2)]), [30]);
    assert_eq!(desks.measure(), (0, 0));
    desks.join(activity(1), 12, &limits).unwrap();
    assert!(desks.clerk_needed(&limits));
}

#[derive(Clone, Debug)]
enum Step {
    Join(u8),
    Take,
    /// The batch taken first is done; those desks whose bit is set are put back.
    Done(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6u8).prop_map(Step::Join),
        1 => Just(Step::Take),
        1 => any::<u8>().prop_map(Step::Done),
    ]
}

proptest! {
    /// Whatever happens: everybody is decided exactly once, at each desk in the order in which they came, no desk by two clerks at a
    /// time, no batch bigger than allowed.
    #[test]
    fn everybody_is_decided_once_and_in_order(steps in prop::collection::vec(step(), 0..200)) {
        let limits = Limits { at_one_desk: 1_000, in_all: 1_000, ..limits(4, 3) };
        let mut desks = Desks::default();
        let (mut came, mut decided): (Vec<Vec<u32>>, Vec<Vec<u32>>) = (vec![vec![]; 6], vec![vec![]; 6]);
        let mut in_hand: Vec<Vec<Share<u32>>> = Vec::new();
        let mut next = 0;
        // In the end everything is worked off.
        let rest = std::iter::repeat_n([Step::Take, Step::Done(0)], 400).flatten();
        for step in steps.into_iter().chain(rest) {
            match step {
                Step::Join(at) => {
                    desks.join(activity(at), next, &limits).unwrap();
                    came[usize::from(at)].push(next);
                    next += 1;
                }
                Step::Take => {
                    let batch = desks.take(&limits);
                    let size: usize = batch.iter().map(|share| share.waiting.len()).sum();
                    prop_assert!(size <= limits.batch);
                    for share in &batch {
                        prop_assert!(!share.waiting.is_empty());
                        let elsewhere = in_hand.iter().flatten().any(|other| other.activity_id == share.activity_id);
                        prop_assert!(!elsewhere, "a desk has one clerk");
                    }
                    if !batch.is_empty() {
                        in_hand.push(batch);
                    }
                }
                Step::Done(back) if !in_hand.is_empty() => {
                    for (nth, share) in in_hand.remove(0).into_iter().enumerate() {
                        let activity_id = share.activity_id;
                        if back >> nth & 1 == 1 {
                            desks.put_back(share);
                        } else {
                            decided[activity_id.as_u128() as usize].extend(share.waiting);
                        }
                        desks.finish(activity_id);
                    }
                }
                Step::Done(_) => {}
            }
        }
        prop_assert_eq!(came, decided);
        prop_assert_eq!(desks.measure(), (0, 0));
    }
}
