//! The audit trail.

use std::time::Duration;

use kit::{
    access::{Caller, Origin},
    clock::Clock,
    db::{Db, Tx},
    errors::Problem,
};
use sqlx::PgPool;
use tokio::task::JoinHandle;

use crate::world;

#[tokio::test]
async fn records_are_written_with_the_change_and_cannot_be_altered() {
    let database = world::database().await;
    let db = world::db(&database);
    let caller = Caller::Anonymous(Origin {
        address: "2001:db8::1".parse().ok(),
        user_agent: Some("Firefox".to_owned()),
        trace_id: "4bf92f3577b34da6a3ce929d0e0e4736".to_owned(),
        received_at: None,
    });
    let now = Clock::system().now();
    let mut tx = db.begin().await.unwrap();
    kit::audit::record(
        &mut tx,
        &caller,
        "cast.identity.v1.Sessions/CreateSession",
        "account:1",
        "ok",
        now,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut dropped = db.begin().await.unwrap();
    kit::audit::record(&mut dropped, &caller, "a", "b", "ok", now)
        .await
        .unwrap();
    drop(dropped);

    let rows: Vec<(String, String, String, String)> =
        sqlx::query_as("select actor, origin, user_agent, trace_id from audit.records")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    let expected = [
        "anonymous",
        "2001:db8::1",
        "Firefox",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ]
    .map(str::to_owned);
    assert_eq!(
        rows,
        [expected.into()],
        "the change that was rolled back left no record"
    );

    for statement in [
        "update audit.records set outcome = 'x'",
        "delete from audit.records",
        "truncate audit.records",
    ] {
        let error = sqlx::query(statement)
            .execute(&database.pool)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
}

fn keep(db: &Db, nth: usize) -> JoinHandle<Result<(), Problem>> {
    let db = db.clone();
    tokio::spawn(async move {
        let caller = Caller::Anonymous(Origin::default());
        let now = Clock::system().now();
        let subject = format!("person:{nth}");
        db.trail().keep(&caller, "read", &subject, "ok", now).await
    })
}

/// Blocks writing records until this is committed.
async fn hold_the_table(db: &Db) -> Tx {
    let mut held = db.begin().await.unwrap();
    sqlx::query("lock table audit.records in exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    held
}

async fn until_somebody_waits_for_a_lock(pool: &PgPool) {
    for _ in 0..1_000 {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no session waits for a lock");
}

#[tokio::test]
async fn records_of_reads_that_come_together_share_a_transaction() {
    let database = world::database().await;
    let db = world::db(&database);
    let held = hold_the_table(&db).await;
    let first = keep(&db, 0);
    until_somebody_waits_for_a_lock(&database.pool).await;
    let others: Vec<_> = (1..=100).map(|nth| keep(&db, nth)).collect();
    // Time for one of them to finish, which none does before the lock is released.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!first.is_finished() && others.iter().all(|o| !o.is_finished()));
    held.commit().await.unwrap();
    first.await.unwrap().unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    let (records, subjects, transactions): (i64, i64, i64) = sqlx::query_as(
        "select count(*), count(distinct subject), count(distinct xmin::text) from audit.records",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!((records, subjects, transactions), (101, 101, 2));
}

#[tokio::test]
async fn who_reads_hears_that_the_record_could_not_be_kept() {
    let database = world::database().await;
    let db = world::db(&database);
    let held = hold_the_table(&db).await;
    let refused = keep(&db, 0);
    until_somebody_waits_for_a_lock(&database.pool).await;
    let behind = keep(&db, 1);
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'",
    )
    .execute(&database.pool)
    .await
    .unwrap();
    let problem = refused.await.unwrap().unwrap_err();
    assert_eq!(problem.reason().code, "UNAVAILABLE");
    held.commit().await.unwrap();
    behind.await.unwrap().expect("the next batch is kept");
    let kept: Vec<String> = sqlx::query_scalar("select subject from audit.records")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert_eq!(kept, ["person:1"]);
}
