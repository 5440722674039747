//! Enqueueing, and what is kept of a job.

use jobs::{NewJob, Outcome, State, operate};
use sqlx::{Connection as _, PgConnection};
use time::Duration;
use uuid::Uuid;

use crate::world::*;

fn job(job_id: Uuid) -> NewJob<'static> {
    NewJob {
        job_id,
        kind: KIND,
        payload: b"sealed",
        idempotency_key: "request:1",
        expires_at: None,
    }
}

#[tokio::test]
async fn the_same_key_again_is_no_second_job() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    assert!(jobs::enqueue(&mut conn, &job(first), NOW).await.unwrap());
    assert!(!jobs::enqueue(&mut conn, &job(second), NOW).await.unwrap());
    let other = NewJob {
        kind: "import",
        ..job(second)
    };
    assert!(!jobs::enqueue(&mut conn, &other, NOW).await.unwrap());
    assert_eq!(world.count("select count(*) from jobs.jobs").await, 1);
    assert_eq!(world.state(first).await, State::Queued);
}

#[tokio::test]
async fn many_are_left_at_once_and_none_runs_before_its_moment() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    let with = |at: usize, key: &'static str| NewJob {
        idempotency_key: key,
        ..job(ids[at])
    };
    let later = NOW + Duration::hours(8);
    let jobs = [
        (with(0, "now"), NOW),
        (with(1, "later"), later),
        (with(2, "now"), NOW),
    ];
    let new = jobs::enqueue_all(&mut conn, &jobs, NOW).await.unwrap();
    assert_eq!(new, 2, "the same key is one job");
    assert_eq!(jobs::enqueue_all(&mut conn, &jobs, NOW).await.unwrap(), 0);
    assert_eq!(jobs::enqueue_all(&mut conn, &[], NOW).await.unwrap(), 0);
    let claimed: Vec<Uuid> = world.claim().await.iter().map(|job| job.job_id).collect();
    assert_eq!(claimed, [ids[0]]);
    world.wait(Duration::hours(8));
    assert!(world.claim().await.iter().any(|job| job.job_id == ids[1]));
}

/// Of twenty that enqueue at the same time under one key, how many make a job.
async fn race(world: &World) -> usize {
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let url = world.database.url.clone();
            tokio::spawn(async move {
                let mut conn = PgConnection::connect(&url).await.unwrap();
                let mut tx = conn.begin().await.unwrap();
                let new = jobs::enqueue(&mut tx, &job(Uuid::now_v7()), NOW)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                new
            })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        new += usize::from(task.await.unwrap());
    }
    new
}

#[tokio::test]
async fn of_many_who_enqueue_under_one_key_at_once_one_makes_the_job() {
    let world = World::new().await;
    assert_eq!(race(&world).await, 1);
    assert_eq!(world.count("select count(*) from jobs.jobs").await, 1);
}

/// The control: a key that is looked for before it is inserted, without a constraint, lets several through.
#[tokio::test]
async fn without_the_unique_key_several_would_make_it() {
    let world = World::new().await;
    world
        .execute(
            "alter table jobs.jobs drop constraint jobs_idempotency_key_key;
             create rule look_first as on insert to jobs.jobs
             where exists (select from jobs.jobs where idempotency_key = new.idempotency_key) do instead nothing",
        )
        .await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let url = world.database.url.clone();
            tokio::spawn(async move {
                let mut conn = PgConnection::connect(&url).await.unwrap();
                let mut tx = conn.begin().await.unwrap();
                sqlx::query(
                    "insert into jobs.jobs (job_id, kind, payload, idempotency_key, next_at, created_at)
                     values ($1, 'export', '', 'request:1', $2, $2)",
                )
                .bind(Uuid::now_v7())
                .bind(NOW)
                .execute(&mut *tx)
                .await
                .unwrap();
                // All of them write before the first commits.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(world.count("select count(*) from jobs.jobs").await > 1);
}

#[tokio::test]
async fn the_payload_is_erased_when_the_job_is_done_and_kept_when_it_is_given_up() {
    let world = World::new().await;
    let (done, dead) = (world.enqueue(KIND).await, world.enqueue("import").await);
    let refusing = Always::new(Outcome::Refused("not a table".to_owned()));
    world
        .worker(&[KIND], Always::new(Outcome::Done))
        .run_due()
        .await
        .unwrap();
    world.worker(&["import"], refusing).run_due().await.unwrap();
    assert_eq!(world.state(done).await, State::Done);
    let given_up = world.find(dead).await;
    assert_eq!(given_up.state, State::Dead);
    assert_eq!(given_up.last_error, "not a table");
    assert_eq!(given_up.finished_at, Some(NOW));
    let kept: Vec<Uuid> =
        sqlx::query_scalar("select job_id from jobs.jobs where payload is not null")
            .fetch_all(&world.database.pool)
            .await
            .unwrap();
    assert_eq!(kept, [dead]);
}

#[tokio::test]
async fn what_was_finished_long_ago_is_swept_and_the_rest_stays() {
    let world = World::new().await;
    let old = world.enqueue(KIND).await;
    let other_kind = world.enqueue("import").await;
    let worker = world.worker(&[KIND, "import"], Always::new(Outcome::Done));
    worker.run_due().await.unwrap();
    world.wait(Duration::days(2));
    let recent = world.enqueue(KIND).await;
    worker.run_due().await.unwrap();
    let waiting = world.enqueue(KIND).await;
    let mut conn = world.conn().await;
    let before = world.clock.now() - Duration::days(1);
    assert_eq!(jobs::sweep(&mut conn, &[KIND], before).await.unwrap(), 1);
    assert_eq!(operate::find(&mut conn, old).await.unwrap(), None);
    for kept in [other_kind, recent, waiting] {
        assert!(operate::find(&mut conn, kept).await.unwrap().is_some());
    }
}
