//! Leases and fences: no job is run twice within a lease, and who has lost one has nothing to say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use jobs::{Handler, Next, Outcome, Report, Run, State};
use time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::world::*;

#[tokio::test]
async fn workers_at_the_same_time_run_each_job_once() {
    let world = World::new().await;
    for _ in 0..200 {
        world.enqueue(KIND).await;
    }
    let handler = Always::new(Outcome::Done);
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let worker = world.worker(&[KIND], handler.clone());
            tokio::spawn(async move { while worker.run_due().await.unwrap() > 0 {} })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut ran = handler.ran.lock().unwrap().clone();
    assert_eq!(ran.len(), 200);
    ran.sort();
    ran.dedup();
    assert_eq!(ran.len(), 200);
}

/// Remembers at which moments the tries of each job began, and never ends.
#[derive(Default)]
struct Hangs {
    began: Mutex<HashMap<Uuid, Vec<time::OffsetDateTime>>>,
    one_more: Notify,
}

#[async_trait]
impl Handler for Hangs {
    async fn run(&self, run: &Run) -> Outcome {
        self.began
            .lock()
            .unwrap()
            .entry(run.job().job_id)
            .or_default()
            .push(run.now());
        self.one_more.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_job_whose_worker_dies_runs_again_after_the_lease_and_not_before() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let hangs = Arc::new(Hangs::default());
    let dying = tokio::spawn({
        let worker = world.worker(&[KIND], hangs.clone());
        async move { worker.run_due().await }
    });
    hangs.one_more.notified().await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());

    let handler = Always::new(Outcome::Done);
    let worker = world.worker(&[KIND], handler.clone());
    world.wait(POLICY.lease() - Duration::microseconds(1));
    assert_eq!(worker.run_due().await.unwrap(), 0, "the lease still runs");
    assert_eq!(world.state(job).await, State::Running);
    world.wait(Duration::microseconds(1));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    let done = world.find(job).await;
    assert_eq!((done.state, done.attempts), (State::Done, 2));
    assert_eq!(hangs.began.lock().unwrap()[&job], [NOW]);
}

#[tokio::test]
async fn who_reports_after_the_lease_is_refused() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let first = world.claim().await;
    world.wait(POLICY.lease());
    let second = world.claim().await;
    assert_eq!((first[0].fence, second[0].fence), (1, 2));
    let report = |fence, next| Report {
        job_id: job,
        fence,
        next,
    };
    let mut conn = world.conn().await;
    for next in [
        Next::Done,
        Next::Dead("late".to_owned()),
        Next::Again(NOW, "late".to_owned()),
    ] {
        let late = [report(first[0].fence, next)];
        let recorded = jobs::store::finish(&mut conn, &late, NOW).await.unwrap();
        assert!(recorded.is_empty(), "{late:?}");
        assert_eq!(world.state(job).await, State::Running);
    }
    let right = [report(second[0].fence, Next::Done)];
    let recorded = jobs::store::finish(&mut conn, &right, NOW).await.unwrap();
    assert_eq!(recorded, [job]);
    let again = jobs::store::finish(&mut conn, &right, NOW).await.unwrap();
    assert!(again.is_empty(), "it has ended");
}

#[tokio::test]
async fn the_fence_outlives_a_retry() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let stale = world.claim().await;
    world.wait(POLICY.lease());
    world
        .worker(&[KIND], Always::new(Outcome::Refused("no".to_owned())))
        .run_due()
        .await
        .unwrap();
    let mut conn = world.conn().await;
    let now = world.clock.now();
    assert!(
        jobs::operate::retry(&mut conn, job, now).await.unwrap(),
        "given up"
    );
    let held = world.claim().await;
    assert_eq!(held[0].attempts, stale[0].attempts, "counted anew");
    let late = Report {
        job_id: job,
        fence: stale[0].fence,
        next: Next::Done,
    };
    let recorded = jobs::store::finish(&mut conn, &[late], now).await.unwrap();
    assert!(recorded.is_empty());
}

#[tokio::test]
async fn a_failure_is_tried_again_later_and_then_given_up() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let worker = world.worker(&[KIND], Always::new(failed()));
    for attempt in 1..POLICY.most_attempts {
        assert_eq!(worker.run_due().await.unwrap(), 1);
        assert_eq!(worker.run_due().await.unwrap(), 0, "not at once");
        let waiting = world.find(job).await;
        assert_eq!(
            (waiting.state, waiting.attempts, waiting.last_error.as_str()),
            (State::Queued, attempt, "HTTP 503")
        );
        world.wait(POLICY.longest_pause);
    }
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(job).await, State::Dead);
    world.wait(Duration::days(1));
    assert_eq!(worker.run_due().await.unwrap(), 0);
}

struct Panics;

#[async_trait]
impl Handler for Panics {
    async fn run(&self, _: &Run) -> Outcome {
        panic!("as the test wants it");
    }
}

#[tokio::test]
async fn a_panic_is_a_lost_lease_and_a_job_that_always_panics_is_given_up() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let worker = world.worker(&[KIND], Arc::new(Panics));
    for attempt in 1..=POLICY.most_attempts {
        assert_eq!(worker.run_due().await.unwrap(), 1);
        let running = world.find(job).await;
        assert_eq!((running.state, running.attempts), (State::Running, attempt));
        assert_eq!(worker.run_due().await.unwrap(), 0, "the lease still runs");
        world.wait(POLICY.lease());
    }
    assert_eq!(worker.run_due().await.unwrap(), 1);
    let dead = world.find(job).await;
    assert_eq!(dead.state, State::Dead);
    assert_eq!(dead.last_error, "the worker died at every try");
}

#[tokio::test]
async fn a_job_that_has_expired_is_not_run() {
    let world = World::new().await;
    let job_id = Uuid::now_v7();
    let job = jobs::NewJob {
        job_id,
        kind: KIND,
        payload: b"",
        idempotency_key: "once",
        expires_at: Some(NOW + Duration::minutes(1)),
    };
    jobs::enqueue(&mut *world.conn().await, &job, NOW)
        .await
        .unwrap();
    world.wait(Duration::minutes(1));
    let handler = Always::new(Outcome::Done);
    world
        .worker(&[KIND], handler.clone())
        .run_due()
        .await
        .unwrap();
    let dead = world.find(job_id).await;
    assert_eq!(
        (dead.state, dead.last_error.as_str()),
        (State::Dead, "expired")
    );
    assert_eq!(handler.ran(), 0);
}

#[tokio::test]
async fn an_error_that_postgresql_cannot_store_does_not_stop_the_other_reports() {
    let world = World::new().await;
    let jobs = [world.enqueue(KIND).await, world.enqueue(KIND).await];
    let refused = Outcome::Refused("a\0b".to_owned());
    world
        .worker(&[KIND], Always::new(refused))
        .run_due()
        .await
        .unwrap();
    for job in jobs {
        assert_eq!(world.find(job).await.last_error, "a b");
    }
}
