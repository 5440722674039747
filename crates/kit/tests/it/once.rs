//! Idempotent requests.

use std::{sync::atomic::Ordering, time::Duration};

use futures::future::join_all;
use proto_identity::v1::{CreateGrantRequest, Grant, grants_client::GrantsClient};
use uuid::Uuid;

use crate::world::{Served, person_claims, reason, served, with_token};

/// A served service, and a person who may give grants at the society.
async fn world() -> (Served, Uuid) {
    let served = served().await;
    let (someone, _) = served.administrator(served.tree.society).await;
    (served, someone)
}

async fn call(served: &Served, who: Uuid, role: &str, request_id: &str) -> Result<Grant, String> {
    let token = served.issuer.sign(&person_claims(who, &served.clock));
    let request = CreateGrantRequest {
        organisation_id: served.tree.society.to_string(),
        role: role.to_owned(),
        person_number: "1101080000000019".to_owned(),
        request_id: request_id.to_owned(),
        ..Default::default()
    };
    let answer = GrantsClient::new(served.channel.clone())
        .create_grant(with_token(request, &token))
        .await;
    answer
        .map(tonic::Response::into_inner)
        .map_err(|status| reason(&status))
}

fn worked(served: &Served) -> usize {
    served.methods.worked.load(Ordering::SeqCst)
}

const ROLE: &str = "society.reviewer";

async fn sixteen_at_once(request_id: &str) -> (usize, i64, usize) {
    let (served, someone) = world().await;
    let answers = join_all((0..16).map(|_| call(&served, someone, ROLE, request_id))).await;
    let mut distinct: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().grant_id)
        .collect();
    distinct.sort();
    distinct.dedup();
    (worked(&served), served.work_done().await, distinct.len())
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
    let (served, someone) = world().await;
    // The first analyst fails at the end of its work.
    let first = call(&served, someone, "society.analyst", "x");
    let second = async {
        while worked(&served) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        call(&served, someone, "society.analyst", "x").await
    };
    let (failed, done) = tokio::join!(first, second);
    assert_eq!(failed.unwrap_err(), "NOT_FOUND");
    assert_eq!(done.unwrap().grant_id, "grant 1");
    assert_eq!(served.work_done().await, 1, "the first was rolled back");
}

#[tokio::test]
async fn a_request_id_belongs_to_its_caller_and_its_content() {
    let (served, someone) = world().await;
    let (other, _) = served.administrator(served.tree.society).await;
    assert!(call(&served, someone, ROLE, "x").await.is_ok());
    let reused = call(&served, someone, "society.approver", "x").await;
    assert_eq!(reused.unwrap_err(), "REQUEST_ID_REUSED");
    assert!(call(&served, other, "society.approver", "x").await.is_ok());
    assert_eq!(worked(&served), 2);
    let long = call(&served, someone, ROLE, &"x".repeat(300)).await;
    assert_eq!(long.unwrap_err(), "INVALID_ARGUMENT");
}

#[tokio::test]
async fn a_replay_is_for_those_alone_who_still_hold_the_right() {
    let (served, someone) = world().await;
    let first = call(&served, someone, ROLE, "x").await.unwrap();
    assert_eq!(call(&served, someone, ROLE, "x").await.unwrap(), first);
    sqlx::query("delete from access.grants")
        .execute(served.db.pool())
        .await
        .unwrap();
    let refused = call(&served, someone, ROLE, "x").await.unwrap_err();
    assert_eq!(refused, "PERMISSION_DENIED");
}

#[tokio::test]
async fn nothing_readable_is_kept_and_old_answers_are_swept() {
    let (served, someone) = world().await;
    for request_id in ["old", "new"] {
        call(&served, someone, ROLE, request_id).await.unwrap();
    }
    let kept: Vec<Vec<u8>> =
        sqlx::query_scalar("select request_hash || response from idempotency.requests")
            .fetch_all(served.db.pool())
            .await
            .unwrap();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|row| !row.windows(8).any(|part| part == b"reviewer"))
    );

    sqlx::query("update idempotency.requests set created_at = now() - interval '49 hours' where request_id = 'old'")
        .execute(served.db.pool())
        .await
        .unwrap();
    assert_eq!(kit::db::sweep(&served.db).await.unwrap(), 1);
    call(&served, someone, ROLE, "new").await.unwrap();
    assert_eq!(worked(&served), 2, "the new one is remembered");
    call(&served, someone, ROLE, "old").await.unwrap();
    assert_eq!(worked(&served), 3, "the old one is forgotten");
}
