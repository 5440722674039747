//! A request that is sent twice has its effect once.

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, ApplicationMoved, MembershipActivated,
    batch_decide_applications_request::Decision,
};
use tonic::Response;

use crate::{
    journey::{create_request, submit_request},
    world::{World, reason},
};

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer_and_another_content_is_refused() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let request = wire::CreateApplicationRequest {
        request_id: "k-1".into(),
        ..create_request(world.society)
    };
    let send = async |request: wire::CreateApplicationRequest| {
        world
            .applications()
            .create_application(world.by(&wang, request))
            .await
            .map(Response::into_inner)
    };
    let first = send(request.clone()).await.unwrap();
    assert_eq!(send(request.clone()).await.unwrap(), first);
    let other = wire::CreateApplicationRequest {
        category: 3,
        ..request.clone()
    };
    assert_eq!(reason(send(other).await), "REQUEST_ID_REUSED");
    // The key belongs to the caller.
    let li = world.person("李明");
    let theirs = world
        .applications()
        .create_application(world.by(&li, request))
        .await
        .unwrap()
        .into_inner();
    assert_ne!(theirs.application_id, first.application_id);

    // A refusal is not remembered: once the cause is gone, the same request succeeds.
    let submit = wire::SubmitApplicationRequest {
        request_id: "k-2".into(),
        ..submit_request(&first.application_id)
    };
    sqlx::query("update organisations set accepts_applications = false")
        .execute(world.pool())
        .await
        .unwrap();
    let refused = world
        .applications()
        .submit_application(world.by(&wang, submit.clone()))
        .await;
    assert_eq!(reason(refused), "APPLICATIONS_CLOSED");
    sqlx::query(
        "update organisations set accepts_applications = true where kind = 'NATIONAL_SOCIETY'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    world
        .applications()
        .submit_application(world.by(&wang, submit))
        .await
        .unwrap();
    world.check().await;
}

#[tokio::test]
async fn ten_retries_at_once_approve_once_and_all_hear_the_same() {
    let world = World::new().await;
    let application = world.in_final_review(&world.person("王芳")).await;
    let request = wire::ApproveApplicationRequest {
        application_id: application.application_id,
        etag: application.etag,
        request_id: "retry".into(),
    };
    let answers = join_all((0..10).map(|_| {
        let request = world.by(&world.approver, request.clone());
        let mut client = world.applications();
        async move {
            client
                .approve_application(request)
                .await
                .unwrap()
                .into_inner()
        }
    }))
    .await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.events::<MembershipActivated>().await.len(), 1);
    world.check().await;
}

#[tokio::test]
async fn a_batch_sent_twice_decides_once() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for nth in 0..3 {
        ids.push(
            world
                .submitted(&world.person(&format!("申请人{nth}")))
                .await
                .application_id,
        );
    }
    let request = wire::BatchDecideApplicationsRequest {
        organisation_id: world.society.to_string(),
        application_ids: ids,
        decision: Decision::PassFirstReview.into(),
        reason: String::new(),
        request_id: "batch".into(),
    };
    let moved = world.events::<ApplicationMoved>().await.len();
    let first = world
        .applications()
        .batch_decide_applications(world.by(&world.reviewer, request.clone()))
        .await;
    let again = world
        .applications()
        .batch_decide_applications(world.by(&world.reviewer, request))
        .await;
    assert_eq!(first.unwrap().into_inner(), again.unwrap().into_inner());
    assert_eq!(world.events::<ApplicationMoved>().await.len(), moved + 3);
    world.check().await;
}

#[tokio::test]
async fn every_write_of_a_membership_can_be_repeated() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    let suspend = wire::SuspendMembershipRequest {
        membership_id: id.clone(),
        reason: "调查".into(),
        etag: String::new(),
        request_id: "s".into(),
        ground: 0,
    };
    let reinstate = wire::ReinstateMembershipRequest {
        membership_id: id.clone(),
        etag: String::new(),
        request_id: "s".into(),
    };
    let resign = wire::ResignMembershipRequest {
        membership_id: id,
        request_id: "s".into(),
    };
    for _ in 0..2 {
        world
            .memberships()
            .suspend_membership(world.by(&world.desk, suspend.clone()))
            .await
            .unwrap();
    }
    for _ in 0..2 {
        world
            .memberships()
            .reinstate_membership(world.by(&world.desk, reinstate.clone()))
            .await
            .unwrap();
    }
    for _ in 0..2 {
        world
            .memberships()
            .resign_membership(world.by(&wang, resign.clone()))
            .await
            .unwrap();
    }
    world.check().await;
}

/// The process dies in the middle: the caller hangs up, and the transaction with it. Nothing of it stays, and the retry works.
#[tokio::test]
async fn an_approval_that_was_cut_off_leaves_nothing_and_can_be_repeated() {
    let world = World::new().await;
    let application = world.in_final_review(&world.person("王芳")).await;
    let request = wire::ApproveApplicationRequest {
        application_id: application.application_id.clone(),
        etag: String::new(),
        request_id: "cut".into(),
    };
    let held = world.hold_events().await;
    let call = {
        let request = world.by(&world.approver, request.clone());
        let mut client = world.applications();
        tokio::spawn(async move { client.approve_application(request).await })
    };
    world.until_waiting(1).await;
    // The session that has written everything but its events is ended, as if its process had died.
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    assert_eq!(reason(call.await.unwrap()), "UNAVAILABLE");
    held.rollback().await.unwrap();
    let untouched = world
        .application(&world.approver, &application.application_id)
        .await
        .unwrap();
    assert_eq!(untouched.state(), application.state());
    world.check().await;
    world
        .applications()
        .approve_application(world.by(&world.approver, request))
        .await
        .unwrap();
    assert_eq!(world.events::<MembershipActivated>().await.len(), 1);
    world.check().await;
}
