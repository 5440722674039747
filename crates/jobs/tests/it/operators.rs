//! What operators do with jobs.

use jobs::{Next, Outcome, Report, State, operate};
use time::Duration;
use uuid::Uuid;

use crate::world::*;

/// A worker reports for the claim that it holds.
async fn report(world: &World, job_id: Uuid, fence: i64, next: Next) -> bool {
    let report = Report {
        job_id,
        fence,
        next,
    };
    let now = world.clock.now();
    let recorded = jobs::store::finish(&mut *world.conn().await, &[report], now).await;
    recorded.unwrap() == [job_id]
}

#[tokio::test]
async fn a_paused_job_waits_until_it_is_resumed() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let job = world.enqueue(KIND).await;
    let handler = Always::new(Outcome::Done);
    let worker = world.worker(&[KIND], handler.clone());
    assert!(operate::pause(&mut conn, job).await.unwrap());
    assert!(!operate::pause(&mut conn, job).await.unwrap(), "it is");
    world.wait(Duration::days(1));
    assert_eq!(worker.run_due().await.unwrap(), 0);
    assert!(operate::resume(&mut conn, job).await.unwrap());
    assert!(!operate::resume(&mut conn, job).await.unwrap(), "it is");
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(job).await, State::Done);
    assert!(!operate::pause(&mut conn, job).await.unwrap(), "it ended");
}

#[tokio::test]
async fn a_job_that_is_paused_while_it_runs_ends_if_its_work_is_done_and_stays_paused_otherwise() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    for (next, state) in [
        (Next::Done, State::Done),
        (Next::Dead("no".to_owned()), State::Dead),
        (Next::Again(NOW, "later".to_owned()), State::Paused),
    ] {
        let job = world.enqueue(KIND).await;
        let claimed = world.claim().await;
        assert!(operate::pause(&mut conn, job).await.unwrap());
        assert!(report(&world, job, claimed[0].fence, next).await);
        assert_eq!(world.state(job).await, state);
    }
}

#[tokio::test]
async fn a_job_that_is_paused_and_resumed_while_it_runs_starts_again_after_its_lease() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let job = world.enqueue(KIND).await;
    let claimed = world.claim().await;
    assert!(operate::pause(&mut conn, job).await.unwrap());
    assert!(operate::resume(&mut conn, job).await.unwrap());
    assert!(
        world.claim().await.is_empty(),
        "the first worker may still run it"
    );
    world.wait(POLICY.lease());
    assert_eq!(world.claim().await.len(), 1);
    assert!(!report(&world, job, claimed[0].fence, Next::Done).await);
}

#[tokio::test]
async fn a_cancelled_job_never_runs_and_its_payload_is_erased() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let (queued, paused) = (world.enqueue(KIND).await, world.enqueue(KIND).await);
    operate::pause(&mut conn, paused).await.unwrap();
    for job in [queued, paused] {
        assert!(operate::cancel(&mut conn, job, NOW).await.unwrap());
        assert!(!operate::cancel(&mut conn, job, NOW).await.unwrap());
        assert!(!operate::resume(&mut conn, job).await.unwrap());
        assert!(!operate::retry(&mut conn, job, NOW).await.unwrap());
        assert_eq!(world.state(job).await, State::Cancelled);
        assert_eq!(world.find(job).await.finished_at, Some(NOW));
    }
    world.wait(Duration::days(1));
    assert!(world.claim().await.is_empty());
    let kept = "select count(*) from jobs.jobs where payload is not null";
    assert_eq!(world.count(kept).await, 0);
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_runs_stays_cancelled() {
    let world = World::new().await;
    let job = world.enqueue(KIND).await;
    let claimed = world.claim().await;
    let cancelled = operate::cancel(&mut *world.conn().await, job, NOW).await;
    assert!(cancelled.unwrap());
    assert!(!report(&world, job, claimed[0].fence, Next::Done).await);
    assert_eq!(world.state(job).await, State::Cancelled);
}

#[tokio::test]
async fn a_job_that_was_given_up_is_retried_with_all_its_tries() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let job = world.enqueue(KIND).await;
    let refused = Outcome::Refused("HTTP 400".to_owned());
    let refusing = world.worker(&[KIND], Always::new(refused));
    refusing.run_due().await.unwrap();
    assert!(operate::retry(&mut conn, job, NOW).await.unwrap());
    let queued = world.find(job).await;
    assert_eq!((queued.state, queued.attempts), (State::Queued, 0));
    assert_eq!(queued.finished_at, None);
    assert!(!operate::retry(&mut conn, job, NOW).await.unwrap());
    let worker = world.worker(&[KIND], Always::new(Outcome::Done));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(job).await, State::Done);
}

#[tokio::test]
async fn a_job_that_has_expired_is_not_retried() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let job = jobs::NewJob {
        job_id: Uuid::now_v7(),
        kind: KIND,
        payload: b"",
        idempotency_key: "once",
        expires_at: Some(NOW + Duration::minutes(1)),
    };
    jobs::enqueue(&mut conn, &job, NOW).await.unwrap();
    let refused = Outcome::Refused("HTTP 400".to_owned());
    let refusing = world.worker(&[KIND], Always::new(refused));
    refusing.run_due().await.unwrap();
    let later = NOW + Duration::minutes(1);
    assert!(!operate::retry(&mut conn, job.job_id, later).await.unwrap());
    let sooner = later - Duration::seconds(1);
    assert!(operate::retry(&mut conn, job.job_id, sooner).await.unwrap());
}

#[tokio::test]
async fn a_paused_kind_waits_and_the_others_go_on() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let (waiting, other) = (world.enqueue(KIND).await, world.enqueue("import").await);
    assert!(operate::pause_kind(&mut conn, KIND, NOW).await.unwrap());
    assert!(!operate::pause_kind(&mut conn, KIND, NOW).await.unwrap());
    let paused = operate::paused_kinds(&mut conn).await.unwrap();
    assert_eq!(paused, [(KIND.to_owned(), NOW)]);
    let worker = world.worker(&[KIND, "import"], Always::new(Outcome::Done));
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(waiting).await, State::Queued);
    assert_eq!(world.state(other).await, State::Done);
    assert!(operate::resume_kind(&mut conn, KIND).await.unwrap());
    assert!(!operate::resume_kind(&mut conn, KIND).await.unwrap());
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(world.state(waiting).await, State::Done);
}

#[tokio::test]
async fn jobs_are_listed_by_kind_and_state_newest_first_in_pages() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(world.enqueue(KIND).await);
    }
    world.enqueue("import").await;
    let cancelled = world.enqueue(KIND).await;
    operate::cancel(&mut conn, cancelled, NOW).await.unwrap();
    jobs.reverse();
    let mut listed = Vec::new();
    loop {
        let before = listed.last().copied();
        let page = operate::list(&mut conn, KIND, State::Queued, before, 2)
            .await
            .unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|job| job.job_id));
    }
    assert_eq!(listed, jobs);
    let ended = operate::list(&mut conn, KIND, State::Cancelled, None, 10)
        .await
        .unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].job_id, cancelled);
}
