//! Member numbers under fire.

use std::collections::HashSet;

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, application::State, batch_decide_applications_request::Decision,
};

use crate::world::{World, refusal};

#[tokio::test]
async fn sixty_four_approvals_at_once_give_sixty_four_numbers() {
    let world = World::new().await;
    let replica = world.replica().await;
    let applications = join_all((0..64).map(|nth| {
        let world = &world;
        async move {
            world
                .in_final_review(&world.person(&format!("申请人{nth}")))
                .await
                .application_id
        }
    }))
    .await;
    let approved = join_all(applications.iter().enumerate().map(|(nth, id)| {
        let request = wire::ApproveApplicationRequest {
            application_id: id.clone(),
            ..Default::default()
        };
        let channel = if nth % 2 == 0 {
            world.stage.channel.clone()
        } else {
            replica.channel.clone()
        };
        let request = world.by(&world.approver, request);
        async move {
            let mut client = wire::applications_client::ApplicationsClient::new(channel);
            client.approve_application(request).await
        }
    }))
    .await;
    assert!(approved.iter().all(Result::is_ok));
    let numbers: Vec<String> =
        sqlx::query_scalar("select member_number from memberships order by member_number")
            .fetch_all(world.pool())
            .await
            .unwrap();
    let expected: Vec<String> = (1..=64).map(|n| format!("B20{n:07}M")).collect();
    assert_eq!(numbers, expected);
    world.check().await;
}

/// The control: the same drawing of numbers without the lock hands the same number to several. This is what the lock is for.
#[tokio::test]
async fn without_the_lock_the_same_number_is_drawn_twice() {
    let world = World::new().await;
    let unlocked = async || -> i32 {
        let mut tx = world.pool().begin().await.unwrap();
        let last: i32 =
            sqlx::query_scalar("select last from number_ranges where organisation_id = $1")
                .bind(world.society)
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        sqlx::query("update number_ranges set last = $2 where organisation_id = $1")
            .bind(world.society)
            .bind(last + 1)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        last + 1
    };
    let allocated = join_all((0..64).map(|_| unlocked())).await;
    let distinct: HashSet<i32> = allocated.iter().copied().collect();
    assert!(
        distinct.len() < allocated.len(),
        "the race did not show: {allocated:?}"
    );
}

#[tokio::test]
async fn the_last_numbers_are_given_and_then_it_is_refused_with_advice_and_nothing_changes() {
    let world = World::new().await;
    sqlx::query("update number_ranges set last = 9999997 where organisation_id = $1")
        .bind(world.society)
        .execute(world.pool())
        .await
        .unwrap();
    let mut ids = Vec::new();
    for nth in 0..4 {
        ids.push(
            world
                .in_final_review(&world.person(&format!("申请人{nth}")))
                .await
                .application_id,
        );
    }
    let request = wire::BatchDecideApplicationsRequest {
        organisation_id: world.society.to_string(),
        application_ids: ids[..3].to_vec(),
        decision: Decision::Approve.into(),
        ..Default::default()
    };
    let answer = world
        .applications()
        .batch_decide_applications(world.by(&world.approver, request))
        .await
        .unwrap();
    let told: Vec<(State, String)> = answer
        .into_inner()
        .results
        .into_iter()
        .map(|l| (l.state(), l.refused_because))
        .collect();
    assert_eq!(
        told,
        [
            (State::Approved, String::new()),
            (State::Approved, String::new()),
            (State::InFinalReview, "MEMBER_NUMBERS_EXHAUSTED".into())
        ]
    );
    let refused = refusal(world.approve(&world.approver, &ids[3]).await);
    assert_eq!(refused.reason, "MEMBER_NUMBERS_EXHAUSTED");
    let numbers: Vec<String> =
        sqlx::query_scalar("select member_number from memberships order by 1")
            .fetch_all(world.pool())
            .await
            .unwrap();
    assert_eq!(numbers, ["B209999998M", "B209999999M"]);
    world.check().await;
}

#[tokio::test]
async fn every_seeded_society_has_the_prefix_of_its_code_and_no_two_have_the_same() {
    let world = World::new().await;
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select o.code, r.prefix from organisations o join number_ranges r using (organisation_id) order by o.code",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    assert_eq!(rows.len(), 210);
    for (code, prefix) in &rows {
        assert_eq!(*prefix, format!("{}{}", &code[..1], &code[2..4]));
    }
    assert_eq!(
        rows.iter()
            .map(|(_, prefix)| prefix)
            .collect::<HashSet<_>>()
            .len(),
        210
    );
}
