//! Single registrations and cancellations: the answers, and the behaviour under failures.

use std::time::Duration;

use events::admission::Limits;
use proto_events::v1::{
    CancelActivityRequest, CreateRegistrationRequest, ListMyRegistrationsRequest, activity,
    registration,
};
use tonic_types::StatusExt as _;

use crate::world::{
    NOW, World, as_, cancel, client, field, id, metadata, named_person, ok, person, reason,
    refused, register,
};

#[tokio::test]
async fn a_seat_is_taken_and_shown() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let scientist = named_person(Some("李思远"));
    let registration = world.register(&scientist, &activity).await;
    assert_eq!(registration.activity_title, "人工智能前沿报告会");
    assert_eq!(registration.activity_starts_at, activity.starts_at);
    assert_eq!(registration.activity_state(), activity::State::Published);
    assert_eq!(registration.state(), registration::State::Registered);
    assert_eq!(registration.person_name, "李思远");
    assert_eq!(
        registration.person_number,
        scientist.person().unwrap().person_number
    );
    assert_eq!(registration.created_at, Some(kit::wire::timestamp(NOW)));
    let after = world.activity(&activity).await;
    assert_eq!(after.seats_taken, 1);
    assert_eq!(
        after.etag, activity.etag,
        "registrations do not change the record"
    );
    let stored: Vec<u8> = sqlx::query_scalar("select person_name from registrations")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert!(
        !String::from_utf8_lossy(&stored).contains("李思远"),
        "the name is sealed"
    );
    world.invariants().await;
}

#[tokio::test]
async fn without_a_verified_name_the_name_is_empty() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let registration = world.register(&named_person(None), &activity).await;
    assert_eq!(registration.person_name, "");
}

#[tokio::test]
async fn a_replay_gives_the_same_registration_and_a_second_request_is_already_registered() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let registrant = person();
    let first = ok(register(&world.registrations(), &registrant, &activity, "one").await);
    let again = ok(register(&world.registrations(), &registrant, &activity, "one").await);
    assert_eq!(again, first);
    for request_id in ["two", ""] {
        let status = register(&world.registrations(), &registrant, &activity, request_id)
            .await
            .unwrap_err();
        assert_eq!(reason(&status), "ALREADY_REGISTERED");
        assert_eq!(metadata(&status, "registration_id"), first.registration_id);
    }
    // Another person may use the same request id.
    ok(register(&world.registrations(), &person(), &activity, "one").await);
    world.invariants().await;
}

#[tokio::test]
async fn a_request_id_identifies_one_request() {
    let world = World::new().await;
    let (activity, other) = (world.published(2).await, world.published(2).await);
    let registrant = person();
    ok(register(&world.registrations(), &registrant, &activity, "one").await);
    let elsewhere = register(&world.registrations(), &registrant, &other, "one").await;
    assert_eq!(refused(elsewhere), "REQUEST_ID_REUSED");
    let request = CreateRegistrationRequest {
        activity_id: activity.activity_id.clone(),
        division_code: "110000".to_owned(),
        request_id: "one".to_owned(),
        ..Default::default()
    };
    let changed = world
        .registrations()
        .create_registration(as_(&registrant, request))
        .await;
    assert_eq!(refused(changed), "REQUEST_ID_REUSED");
    assert_eq!(world.holding(&other).await, 0);
    world.invariants().await;
}

#[tokio::test]
async fn a_person_can_register_again_after_cancelling_and_an_old_request_stays_cancelled() {
    let world = World::new().await;
    let activity = world.published(1).await;
    let registrant = person();
    let first = ok(register(&world.registrations(), &registrant, &activity, "one").await);
    let cancelled = ok(cancel(&world.registrations(), &registrant, &first, "c").await);
    assert_eq!(cancelled.state(), registration::State::Cancelled);
    assert_eq!(
        ok(cancel(&world.registrations(), &registrant, &first, "c").await),
        cancelled
    );
    assert_eq!(world.holding(&activity).await, 0);
    // A delayed duplicate of the first request.
    let replayed = ok(register(&world.registrations(), &registrant, &activity, "one").await);
    assert_eq!(replayed.registration_id, first.registration_id);
    assert_eq!(replayed.state(), registration::State::Cancelled);
    assert_eq!(world.holding(&activity).await, 0);
    let second = ok(register(&world.registrations(), &registrant, &activity, "two").await);
    assert_ne!(second.registration_id, first.registration_id);
    let status = cancel(&world.registrations(), &registrant, &first, "")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "REGISTRATION_STATE_CONFLICT");
    assert_eq!(
        (metadata(&status, "from"), metadata(&status, "to")),
        ("CANCELLED".into(), "CANCELLED".into())
    );
    world.invariants().await;
}

#[tokio::test]
async fn registration_refusals_name_their_reason() {
    let world = World::new().await;
    let draft = world.draft(2).await;
    let at = &world.registrations();
    assert_eq!(
        refused(register(at, &person(), &draft, "").await),
        "NOT_FOUND"
    );
    let mut nowhere = draft.clone();
    nowhere.activity_id = uuid::Uuid::now_v7().to_string();
    assert_eq!(
        refused(register(at, &person(), &nowhere, "").await),
        "NOT_FOUND"
    );
    let activity = world.publish(&draft).await;
    world.register(&person(), &activity).await;
    world.clock.set(NOW + time::Duration::DAY);
    let status = register(at, &person(), &activity, "").await.unwrap_err();
    assert_eq!(reason(&status), "REGISTRATION_CLOSED");
    assert_eq!(metadata(&status, "closed_at"), "2026-05-02 10:00");
    world.clock.set(NOW);
    let request = CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "报告人因故不能到场".to_owned(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    assert_eq!(
        refused(register(at, &person(), &activity, "").await),
        "ACTIVITY_CANCELLED"
    );
    world.invariants().await;
}

#[tokio::test]
async fn bad_requests_name_the_field() {
    let world = World::new().await;
    let mut at = world.registrations();
    let request = CreateRegistrationRequest {
        activity_id: "here".to_owned(),
        division_code: String::new(),
        request_id: String::new(),
        ..Default::default()
    };
    let registrant = person();
    assert_eq!(
        field(
            at.create_registration(as_(&registrant, request.clone()))
                .await
        ),
        "activity_id"
    );
    let request = CreateRegistrationRequest {
        activity_id: uuid::Uuid::now_v7().to_string(),
        division_code: "999999".to_owned(),
        ..request
    };
    assert_eq!(
        field(at.create_registration(as_(&registrant, request)).await),
        "division_code"
    );
}

#[tokio::test]
async fn seats_are_given_back_by_their_holder_until_the_start() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let holder = person();
    let registration = world.register(&holder, &activity).await;
    let at = &world.registrations();
    assert_eq!(
        refused(cancel(at, &person(), &registration, "").await),
        "NOT_FOUND"
    );
    let system = client(world.society, &["registrations.read"]);
    assert_eq!(
        refused(cancel(at, &system, &registration, "").await),
        "PERSON_REQUIRED"
    );
    world.clock.set(NOW + time::Duration::DAY);
    let status = cancel(at, &holder, &registration, "").await.unwrap_err();
    assert_eq!(reason(&status), "CANCELLATION_TOO_LATE");
    assert_eq!(metadata(&status, "started_at"), "2026-05-02 10:00");
    assert_eq!(world.holding(&activity).await, 1);
    world.invariants().await;
}

#[tokio::test]
async fn the_request_of_a_disconnected_caller_is_decided_and_its_replay_is_answered() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let held = world.hold_seats(&activity).await;
    let registrant = person();
    let calling = {
        let (at, registrant, activity) =
            (world.registrations(), registrant.clone(), activity.clone());
        tokio::spawn(async move { register(&at, &registrant, &activity, "one").await })
    };
    world.until_waiting_for_locks(1).await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    held.rollback().await.unwrap();
    let found = ok(register(&world.registrations(), &registrant, &activity, "one").await);
    assert_eq!(found.state(), registration::State::Registered);
    assert_eq!(world.holding(&activity).await, 1);
    world.invariants().await;
}

#[tokio::test]
async fn a_lost_database_connection_leaves_no_partial_registration() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activity = world.published(2).await;
    let held = world.hold_seats(&activity).await;
    let registrant = person();
    let calling = {
        let (registrant, activity) = (registrant.clone(), activity.clone());
        tokio::spawn(async move { register(&replica, &registrant, &activity, "one").await })
    };
    world.until_waiting_for_locks(1).await;
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'",
    )
    .execute(world.pool())
    .await
    .unwrap();
    let status = calling.await.unwrap().unwrap_err();
    assert_eq!(reason(&status), "UNAVAILABLE");
    assert!(status.get_error_details().retry_info().is_some());
    held.rollback().await.unwrap();
    assert_eq!(world.holding(&activity).await, 0);
    ok(register(&world.registrations(), &registrant, &activity, "one").await);
    world.invariants().await;
}

#[tokio::test]
async fn requests_beyond_the_limits_are_refused_and_the_others_are_served() {
    let limits = Limits {
        batch: 2,
        workers: 4,
        per_activity: 3,
        in_total: 4,
    };
    let world = World::with(limits).await;
    let (activity, other) = (world.published(10).await, world.published(10).await);
    let held = world.hold_seats(&activity).await;
    let call = |activity: &proto_events::v1::Activity| {
        let (at, activity) = (world.registrations(), activity.clone());
        tokio::spawn(async move { register(&at, &person(), &activity, "").await })
    };
    // One request is being decided; three more may wait for this activity, one for another.
    let mut served = vec![call(&activity)];
    world.until_waiting_for_locks(1).await;
    for _ in 0..3 {
        served.push(call(&activity));
        tokio::task::yield_now().await;
    }
    // Time for the requests to reach their queue, whose length is not to be seen from here.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let status = call(&activity).await.unwrap().unwrap_err();
    assert_eq!(reason(&status), "TOO_MANY_REQUESTS");
    let retry = status.get_error_details().retry_info().cloned().unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_secs(1)));
    let held_too = world.hold_seats(&other).await;
    served.push(call(&other));
    world.until_waiting_for_locks(2).await;
    served.push(call(&other));
    // Time for the requests to reach their queue, whose length is not to be seen from here.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let status = call(&other).await.unwrap().unwrap_err();
    assert_eq!(
        reason(&status),
        "TOO_MANY_REQUESTS",
        "three wait there, one here"
    );
    held.rollback().await.unwrap();
    held_too.rollback().await.unwrap();
    for call in served {
        ok(call.await.unwrap());
    }
    // No request waits any more.
    world.register(&person(), &activity).await;
    world.register(&person(), &other).await;
    world.invariants().await;
}

#[tokio::test]
async fn a_conflicting_row_affects_no_other_request() {
    let world = World::new().await;
    let activity = world.published(10).await;
    // A row that the rules never produce: it takes the ordinal of the next registration.
    sqlx::query(
        "insert into registrations (registration_id, activity_id, ordinal, person_id, person_number, division_code,
                                    state, created_at, cancelled_at)
         values ($1, $2, 1, $1, '', '', 'cancelled', now(), now())",
    )
    .bind(uuid::Uuid::now_v7())
    .bind(id(&activity.activity_id))
    .execute(world.pool())
    .await
    .unwrap();
    assert_eq!(
        refused(register(&world.registrations(), &person(), &activity, "").await),
        "CONFLICT"
    );
    assert_eq!(world.activity(&activity).await.seats_taken, 0);
    world.register(&person(), &activity).await;
    assert_eq!(world.activity(&activity).await.seats_taken, 1);
}

#[tokio::test]
async fn people_page_through_their_own_registrations_the_newest_first() {
    let world = World::new().await;
    let registrant = person();
    let mut made = Vec::new();
    for _ in 0..5 {
        let activity = world.published(3).await;
        world.register(&person(), &activity).await;
        made.push(world.register(&registrant, &activity).await);
    }
    made.reverse();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMyRegistrationsRequest {
            page_size: 2,
            page_token,
        };
        let page = ok(world
            .registrations()
            .list_my_registrations(as_(&registrant, request))
            .await);
        assert!(page.registrations.len() <= 2);
        seen.extend(page.registrations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        // Another person's page token is refused.
        let request = ListMyRegistrationsRequest {
            page_size: 2,
            page_token: page_token.clone(),
        };
        let foreign = world
            .registrations()
            .list_my_registrations(as_(&person(), request))
            .await;
        assert_eq!(refused(foreign), "PAGE_TOKEN_INVALID");
    }
    assert_eq!(seen, made);
}
