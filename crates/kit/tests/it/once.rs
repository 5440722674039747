//! Answers that are given once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::future::join_all;
use kit::{
    access::{Caller, Origin},
    db::{Begin, Db},
};
use proto::cast::identity::v1::{CreateGrantRequest, Grant};
use sqlx::PgPool;

use crate::world::{self, keys};

fn request(role: &str, request_id: &str) -> CreateGrantRequest {
    CreateGrantRequest {
        role: role.to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    }
}

fn nobody() -> Caller {
    Caller::Anonymous(Origin::default())
}

async fn table(pool: &PgPool) {
    sqlx::query("create table work (at timestamptz not null default now())")
        .execute(pool)
        .await
        .unwrap();
}

async fn work_done(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from work")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// What a method does: once, or again when it was not done before.
async fn call(
    db: &Db,
    caller: &Caller,
    request: &CreateGrantRequest,
    fresh: &AtomicUsize,
) -> Result<Grant, String> {
    let begun = db
        .begin_once::<_, Grant>(caller, &keys(), &request.request_id, request)
        .await;
    match begun.map_err(|problem| problem.reason().code.to_owned())? {
        Begin::Replayed(answer) => Ok(answer),
        Begin::Fresh(mut tx) => {
            let nth = fresh.fetch_add(1, Ordering::SeqCst);
            sqlx::query("insert into work default values")
                .execute(&mut **tx)
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = Grant {
                grant_id: format!("grant {nth}"),
                role: request.role.clone(),
                ..Default::default()
            };
            tx.commit(&answer).await.unwrap();
            Ok(answer)
        }
    }
}

async fn sixteen_at_once(request_id: &str) -> (usize, i64, usize) {
    let database = world::database().await;
    table(&database.pool).await;
    let (db, fresh, caller, request) = (
        world::db(&database),
        AtomicUsize::new(0),
        nobody(),
        request("r", request_id),
    );
    let answers = join_all((0..16).map(|_| call(&db, &caller, &request, &fresh))).await;
    let mut distinct: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().grant_id)
        .collect();
    distinct.sort();
    distinct.dedup();
    (
        fresh.load(Ordering::SeqCst),
        work_done(&database.pool).await,
        distinct.len(),
    )
}

#[tokio::test]
async fn sixteen_equal_requests_at_once_do_the_work_once_and_get_one_answer() {
    assert_eq!(sixteen_at_once("one and the same").await, (1, 1, 1));
}

#[tokio::test]
async fn without_a_request_id_the_same_race_does_the_work_sixteen_times() {
    assert_eq!(sixteen_at_once("").await, (16, 16, 16));
}

#[tokio::test]
async fn a_request_that_failed_is_done_by_the_one_that_waited() {
    let database = world::database().await;
    table(&database.pool).await;
    let (db, fresh, caller, request) = (
        world::db(&database),
        AtomicUsize::new(0),
        nobody(),
        request("r", "x"),
    );
    let Begin::Fresh(mut first) = db
        .begin_once::<_, Grant>(&caller, &keys(), "x", &request)
        .await
        .unwrap()
    else {
        panic!("nothing was done yet");
    };
    sqlx::query("insert into work default values")
        .execute(&mut **first)
        .await
        .unwrap();
    let second = call(&db, &caller, &request, &fresh);
    let fail = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(
            fresh.load(Ordering::SeqCst),
            0,
            "the second waits for the first"
        );
        drop(first);
    };
    let (answer, ()) = tokio::join!(second, fail);
    assert_eq!(answer.unwrap().grant_id, "grant 0");
    assert_eq!(
        work_done(&database.pool).await,
        1,
        "the first was rolled back"
    );
}

#[tokio::test]
async fn a_request_id_belongs_to_its_caller_and_its_content() {
    let database = world::database().await;
    table(&database.pool).await;
    let (db, fresh) = (world::db(&database), AtomicUsize::new(0));
    let (gateway, cli) = (
        Caller::Service("gateway".into()),
        Caller::Service("cli".into()),
    );
    assert!(
        call(&db, &gateway, &request("r", "x"), &fresh)
            .await
            .is_ok()
    );
    assert_eq!(
        call(&db, &gateway, &request("other", "x"), &fresh)
            .await
            .unwrap_err(),
        "REQUEST_ID_REUSED"
    );
    assert!(
        call(&db, &cli, &request("other", "x"), &fresh)
            .await
            .is_ok(),
        "another caller"
    );
    assert!(
        call(&db, &nobody(), &request("other", "x"), &fresh)
            .await
            .is_ok(),
        "nobody in particular"
    );
    assert_eq!(fresh.load(Ordering::SeqCst), 3);
    let long = "x".repeat(300);
    assert_eq!(
        call(&db, &cli, &request("r", &long), &fresh)
            .await
            .unwrap_err(),
        "INVALID_ARGUMENT"
    );
}

#[tokio::test]
async fn nothing_readable_is_kept_and_old_answers_are_swept() {
    let database = world::database().await;
    table(&database.pool).await;
    let (db, fresh, caller) = (world::db(&database), AtomicUsize::new(0), nobody());
    call(&db, &caller, &request("a secret role", "old"), &fresh)
        .await
        .unwrap();
    call(&db, &caller, &request("a secret role", "new"), &fresh)
        .await
        .unwrap();
    let kept: Vec<Vec<u8>> =
        sqlx::query_scalar("select request_hash || response from idempotency.requests")
            .fetch_all(&database.pool)
            .await
            .unwrap();
    assert!(
        kept.iter()
            .all(|row| !row.windows(6).any(|part| part == b"secret"))
    );

    sqlx::query("update idempotency.requests set created_at = now() - interval '49 hours' where request_id = 'old'")
        .execute(&database.pool)
        .await
        .unwrap();
    assert_eq!(kit::db::sweep(&db).await.unwrap(), 1);
    call(&db, &caller, &request("a secret role", "new"), &fresh)
        .await
        .unwrap();
    assert_eq!(fresh.load(Ordering::SeqCst), 2, "the new one is remembered");
    call(&db, &caller, &request("a secret role", "old"), &fresh)
        .await
        .unwrap();
    assert_eq!(fresh.load(Ordering::SeqCst), 3, "the old one is forgotten");
}
