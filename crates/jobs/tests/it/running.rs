//! The worker's loop: waking, stopping, progress, time-outs, and what it costs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration as Period,
};

use async_trait::async_trait;
use jobs::{Handler, Kind, NewJob, Outcome, Policy, Run, State, Worker, operate};
use time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::*;

/// Does a step whenever the test permits one, and reports each.
struct Steps {
    total: i64,
    permits: Semaphore,
    dropped: Arc<Notify>,
}

/// Tells when it is dropped.
struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Steps {
    fn new(total: i64) -> Arc<Self> {
        Arc::new(Self {
            total,
            permits: Semaphore::new(0),
            dropped: Arc::default(),
        })
    }

    /// Waits until a try has ended, for less than the time-out that would end it as well.
    async fn stopped(&self) {
        tokio::time::timeout(Period::from_secs(10), self.dropped.notified())
            .await
            .expect("the try ends");
    }
}

#[async_trait]
impl Handler for Steps {
    async fn run(&self, run: &Run) -> Outcome {
        let _guard = Guard(self.dropped.clone());
        for step in run.job().done + 1..=self.total {
            self.permits.acquire().await.unwrap().forget();
            run.progress(step, Some(self.total)).await.unwrap();
        }
        Outcome::Done
    }
}

fn spawn(worker: Worker) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(worker.run(stop)))
}

async fn progressed(world: &World, job: uuid::Uuid, to: i64) {
    eventually("progress is visible", async || {
        let found = world.find(job).await;
        found.done == to && found.state == State::Running
    })
    .await;
}

#[tokio::test]
async fn progress_is_visible_and_renews_the_lease() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let steps = Steps::new(3);
    let (stop, running) = spawn(world.worker(&[KIND], steps.clone()));
    for step in 1..=2 {
        world.wait(POLICY.lease() - Duration::seconds(1));
        steps.permits.add_permits(1);
        progressed(&world, job, step).await;
        assert_eq!(world.find(job).await.total, Some(3));
        let lease = world.find(job).await.next_at;
        assert_eq!(lease, world.clock.now() + POLICY.lease());
    }
    steps.permits.add_permits(1);
    eventually("it is done", async || world.state(job).await == State::Done).await;
    let done = world.find(job).await;
    assert_eq!((done.done, done.attempts), (3, 1));
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_long_job_stops_when_it_is_paused_and_goes_on_where_it_was() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let steps = Steps::new(4);
    let (stop, running) = spawn(world.worker(&[KIND], steps.clone()));
    steps.permits.add_permits(2);
    progressed(&world, job, 2).await;
    let mut conn = world.conn().await;
    assert!(operate::pause(&mut conn, job).await.unwrap());
    steps.permits.add_permits(1);
    steps.stopped().await;
    let paused = world.find(job).await;
    assert_eq!((paused.state, paused.done), (State::Paused, 2));
    assert!(operate::resume(&mut conn, job).await.unwrap());
    world.wait(POLICY.lease());
    steps.permits.add_permits(2);
    eventually("it is done", async || world.state(job).await == State::Done).await;
    assert_eq!(world.find(job).await.done, 4);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_long_job_stops_when_it_is_cancelled() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let steps = Steps::new(4);
    let (stop, running) = spawn(world.worker(&[KIND], steps.clone()));
    steps.permits.add_permits(1);
    progressed(&world, job, 1).await;
    let now = world.clock.now();
    assert!(
        operate::cancel(&mut *world.conn().await, job, now)
            .await
            .unwrap()
    );
    steps.permits.add_permits(1);
    steps.stopped().await;
    stop.cancel();
    running.await.unwrap();
    let cancelled = world.find(job).await;
    assert_eq!((cancelled.state, cancelled.done), (State::Cancelled, 1));
}

#[tokio::test]
async fn a_try_that_is_silent_for_too_long_has_failed_and_one_that_makes_progress_has_not() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let timeout = Duration::milliseconds(1_500);
    let steps = Steps::new(4);
    let mut worker = world.worker(&[KIND], steps.clone());
    worker.kinds = [Kind {
        name: KIND,
        policy: Policy { timeout, ..POLICY },
        handler: steps.clone(),
    }]
    .into();
    let trying = tokio::spawn(async move { worker.run_due().await });
    // Three steps take longer than the time-out, each of them does not; then there is silence.
    let begin = std::time::Instant::now();
    for _ in 0..3 {
        tokio::time::sleep(Period::from_millis(600)).await;
        steps.permits.add_permits(1);
    }
    assert_eq!(trying.await.unwrap().unwrap(), 1);
    assert!(begin.elapsed() >= Period::from_millis(3_200));
    let failed = world.find(job).await;
    assert_eq!((failed.state, failed.done), (State::Queued, 3));
    assert_eq!(failed.last_error, "no answer in time");
}

#[tokio::test]
async fn the_worker_is_woken_and_finds_by_polling_what_other_replicas_queued() {
    let world = World::new().await;
    let (stop, running) = spawn(world.worker(&[KIND], Always::new(Outcome::Done)));
    let run = async |woken: bool| {
        let begin = std::time::Instant::now();
        for _ in 0..6 {
            let job = world.enqueue(KIND).await;
            if woken {
                world.wake_up.notify();
            }
            eventually("it is done", async || world.state(job).await == State::Done).await;
        }
        begin.elapsed()
    };
    // Each job that is found by polling waits for the next look, whatever the machine has to do besides.
    let (polled, woken) = (run(false).await, run(true).await);
    assert!(2 * woken < polled, "{woken:?} woken, {polled:?} by polling");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_is_on_its_way_at_stop_is_finished_and_nothing_new_started() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let steps = Steps::new(2);
    let (stop, running) = spawn(world.worker(&[KIND], steps.clone()));
    steps.permits.add_permits(1);
    progressed(&world, job, 1).await;
    stop.cancel();
    let late = world.enqueue(KIND).await;
    world.wake_up.notify();
    // Time to start the late one, which is not done, and to end, which waits for the first.
    tokio::time::sleep(Period::from_millis(100)).await;
    assert!(!running.is_finished(), "the first still runs");
    steps.permits.add_permits(1);
    running.await.unwrap();
    assert_eq!(world.state(job).await, State::Done);
    assert_eq!(world.state(late).await, State::Queued);
}

/// The slow kind hangs, all others are done at once.
struct Slow(Notify);

#[async_trait]
impl Handler for Slow {
    async fn run(&self, run: &Run) -> Outcome {
        if run.job().kind == "import" {
            self.0.notified().await;
        }
        Outcome::Done
    }
}

#[tokio::test]
async fn a_slow_job_does_not_hold_up_the_others() {
    let world = World::new().await;
    let slow = world.enqueue("import").await;
    let handler = Arc::new(Slow(Notify::new()));
    let (stop, running) = spawn(world.worker(&[KIND, "import"], handler.clone()));
    for _ in 0..40 {
        world.enqueue(KIND).await;
    }
    world.wake_up.notify();
    eventually("the others are done", async || {
        world
            .count("select count(*) from jobs.jobs where state = 'done'")
            .await
            == 40
    })
    .await;
    assert_eq!(world.state(slow).await, State::Running);
    handler.0.notify_one();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(world.state(slow).await, State::Done);
}

#[tokio::test]
async fn a_thousand_jobs_take_a_statement_for_many_of_them() {
    let world = World::new().await;
    world
        .execute(
            "insert into jobs.jobs (job_id, kind, payload, idempotency_key, next_at, created_at)
             select gen_random_uuid(), 'export', 'sealed', nth::text, '2026-11-21 02:00Z', '2026-11-21 02:00Z'
             from generate_series(1, 1000) nth;
             create sequence statements;
             create function counted() returns trigger language plpgsql as
             $$ begin perform nextval('statements'); return null; end $$;
             create trigger counted after update on jobs.jobs for each statement execute function counted()",
        )
        .await;
    let handler = Always::new(Outcome::Done);
    let (stop, running) = spawn(world.worker(&[KIND], handler.clone()));
    eventually("all are done", async || {
        world
            .count("select count(*) from jobs.jobs where state = 'done'")
            .await
            == 1_000
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    assert_eq!(handler.ran(), 1_000);
    // 16 places: 63 claims and 63 reports if every batch is full.
    let statements = world.count("select last_value from statements").await;
    assert!(statements < 300, "{statements}");
}

#[tokio::test]
async fn the_backlog_of_one_kind_does_not_hide_another() {
    let world = World::new().await;
    for _ in 0..40 {
        world.enqueue("import").await;
    }
    world.wait(Duration::seconds(1));
    let job = world.enqueue(KIND).await;
    let worker = world.worker(&[KIND], Always::new(Outcome::Done));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(job).await, State::Done);
}

/// Hangs with some jobs until the test lets them go.
struct Hanging {
    begun: AtomicUsize,
    permits: Semaphore,
}

#[async_trait]
impl Handler for Hanging {
    async fn run(&self, run: &Run) -> Outcome {
        if run.job().payload.as_deref() == Some(b"hanging") {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.permits.acquire().await.unwrap().forget();
        }
        Outcome::Done
    }
}

#[tokio::test]
async fn a_lane_that_hangs_leaves_places_to_the_others() {
    let world = World::new().await;
    let ids: Vec<_> = (0..60).map(|_| Uuid::now_v7().to_string()).collect();
    let job = |at: usize, payload: &'static [u8], lane: &str| {
        let job = NewJob {
            job_id: ids[at].parse().unwrap(),
            kind: KIND,
            payload,
            idempotency_key: &ids[at],
            expires_at: None,
        };
        (job, lane.to_owned())
    };
    let hanging: Vec<_> = (0..40).map(|at| job(at, b"hanging", "slow")).collect();
    let others: Vec<_> = (40..60).map(|at| job(at, b"quick", "quick")).collect();
    let mut conn = world.conn().await;
    let left = jobs::enqueue_in_lanes(&mut conn, &hanging, NOW).await;
    assert_eq!(left.unwrap(), 40);
    // Later, so that all of the others stand before them.
    world.wait(Duration::seconds(1));
    let now = world.clock.now();
    jobs::enqueue_in_lanes(&mut conn, &others, now)
        .await
        .unwrap();
    let without = world.enqueue(KIND).await;
    let handler = Arc::new(Hanging {
        begun: AtomicUsize::new(0),
        permits: Semaphore::new(0),
    });
    let (stop, running) = spawn(world.worker(&[KIND], handler.clone()));
    eventually("the others are done", async || {
        world
            .count("select count(*) from jobs.jobs where state = 'done'")
            .await
            == 21
    })
    .await;
    assert_eq!(world.state(without).await, State::Done);
    assert_eq!(handler.begun.load(Ordering::SeqCst), 4, "of 16 places");
    handler.permits.add_permits(100);
    eventually("the slow ones are done", async || {
        world
            .count("select count(*) from jobs.jobs where state = 'done'")
            .await
            == 61
    })
    .await;
    stop.cancel();
    running.await.unwrap();
}
