#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use uuid::Uuid;

use super::{super::Limits, *};

fn limits(batch: usize, workers: usize) -> Limits {
    Limits {
        batch,
        workers,
        per_activity: 5,
        in_total: 12,
    }
}

fn activity(number: u8) -> Uuid {
    Uuid::from_u128(u128::from(number))
}

fn contents(batch: &[ActivityBatch<u32>]) -> Vec<(Uuid, Vec<u32>)> {
    batch
        .iter()
        .map(|part| (part.activity_id, part.requests.clone()))
        .collect()
}

#[test]
fn queues_are_served_in_order_until_the_batch_is_full() {
    let limits = limits(3, 1);
    let mut queues = Queues::default();
    for (at, request) in [(1, 10), (1, 11), (2, 20), (2, 21), (3, 30)] {
        queues.push(activity(at), request, &limits).unwrap();
    }
    let first = queues.take_batch(&limits);
    assert_eq!(
        contents(&first),
        [(activity(1), vec![10, 11]), (activity(2), vec![20])]
    );
    // 21 is not decided while 20 is in progress; its queue is served again after that of 30.
    let second = queues.take_batch(&limits);
    assert_eq!(contents(&second), [(activity(3), vec![30])]);
    for done in [1, 2, 3] {
        queues.finish(activity(done));
    }
    assert_eq!(
        contents(&queues.take_batch(&limits)),
        [(activity(2), vec![21])]
    );
    queues.finish(activity(2));
    assert_eq!(queues.counts(), (0, 0));
}

#[test]
fn requeued_requests_come_first_and_are_decided_separately() {
    let limits = limits(9, 1);
    let mut queues = Queues::default();
    for (at, request) in [(1, 10), (2, 20), (2, 21)] {
        queues.push(activity(at), request, &limits).unwrap();
    }
    let mut both = queues.take_batch(&limits);
    queues.push(activity(2), 22, &limits).unwrap();
    queues.requeue(both.pop().unwrap());
    queues.finish(activity(2));
    queues.finish(activity(1));
    queues.push(activity(3), 30, &limits).unwrap();
    assert_eq!(
        contents(&queues.take_batch(&limits)),
        [(activity(2), vec![20, 21, 22])]
    );
    assert_eq!(
        contents(&queues.take_batch(&limits)),
        [(activity(3), vec![30])]
    );
}

#[test]
fn requests_beyond_the_limits_are_refused() {
    let limits = limits(9, 1);
    let mut queues = Queues::default();
    for request in 0..5 {
        queues.push(activity(1), request, &limits).unwrap();
    }
    assert_eq!(
        queues.push(activity(1), 5, &limits),
        Err(QueueFull),
        "per activity"
    );
    for nth in 0..7 {
        queues.push(activity(nth / 4 + 2), 0, &limits).unwrap();
    }
    assert_eq!(
        queues.push(activity(9), 0, &limits),
        Err(QueueFull),
        "in total"
    );
    assert_eq!(queues.counts(), (12, 3));
}

#[test]
fn the_end_of_the_last_worker_returns_all_waiting_requests() {
    let limits = limits(1, 2);
    let mut queues = Queues::default();
    for (at, request) in [(1, 10), (1, 11), (2, 20), (3, 30)] {
        queues.push(activity(at), request, &limits).unwrap();
    }
    assert!(queues.needs_worker(&limits));
    assert!(queues.needs_worker(&limits));
    assert!(!queues.needs_worker(&limits), "there are two");
    queues.take_batch(&limits);
    queues.take_batch(&limits);
    assert_eq!(queues.abandon(&[activity(1)]), [11], "another worker runs");
    assert_eq!(queues.abandon(&[activity(2)]), [30]);
    assert_eq!(queues.counts(), (0, 0));
    queues.push(activity(1), 12, &limits).unwrap();
    assert!(queues.needs_worker(&limits));
}

#[derive(Clone, Debug)]
enum Step {
    Push(u8),
    Take,
    /// The batch taken first is done; the activities whose bit is set are requeued.
    Done(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..6u8).prop_map(Step::Push),
        1 => Just(Step::Take),
        1 => any::<u8>().prop_map(Step::Done),
    ]
}

proptest! {
    /// Every request is decided exactly once, for each activity in the order of arrival, no queue by two workers at a time, no batch
    /// larger than the limit.
    #[test]
    fn every_request_is_decided_once_and_in_order(steps in prop::collection::vec(step(), 0..200)) {
        let limits = Limits { per_activity: 1_000, in_total: 1_000, ..limits(4, 3) };
        let mut queues = Queues::default();
        let (mut queued, mut decided): (Vec<Vec<u32>>, Vec<Vec<u32>>) = (vec![vec![]; 6], vec![vec![]; 6]);
        let mut in_progress: Vec<Vec<ActivityBatch<u32>>> = Vec::new();
        let mut next = 0;
        // At the end all remaining requests are decided.
        let rest = std::iter::repeat_n([Step::Take, Step::Done(0)], 400).flatten();
        for step in steps.into_iter().chain(rest) {
            match step {
                Step::Push(at) => {
                    queues.push(activity(at), next, &limits).unwrap();
                    queued[usize::from(at)].push(next);
                    next += 1;
                }
                Step::Take => {
                    let batch = queues.take_batch(&limits);
                    let size: usize = batch.iter().map(|part| part.requests.len()).sum();
                    prop_assert!(size <= limits.batch);
                    for part in &batch {
                        prop_assert!(!part.requests.is_empty());
                        let twice = in_progress.iter().flatten().any(|other| other.activity_id == part.activity_id);
                        prop_assert!(!twice, "a queue has one worker");
                    }
                    if !batch.is_empty() {
                        in_progress.push(batch);
                    }
                }
                Step::Done(requeued) if !in_progress.is_empty() => {
                    for (nth, part) in in_progress.remove(0).into_iter().enumerate() {
                        let activity_id = part.activity_id;
                        if requeued >> nth & 1 == 1 {
                            queues.requeue(part);
                        } else {
                            decided[activity_id.as_u128() as usize].extend(part.requests);
                        }
                        queues.finish(activity_id);
                    }
                }
                Step::Done(_) => {}
            }
        }
        prop_assert_eq!(queued, decided);
        prop_assert_eq!(queues.counts(), (0, 0));
    }
}
