//! From the draft to the end: states, limits, versions, and visibility of drafts.

use futures::future::join_all;
use kit::wire::timestamp;
use proto_events::v1::{
    Activity, CancelActivityRequest, CreateActivityRequest, GetActivityRequest,
    PublishActivityRequest, UpdateActivityRequest, activity,
};
use time::Duration;
use tonic::{Response, Status};

use crate::world::{
    NOW, World, anonymous, as_, client, draft, field, metadata, ok, person, reason, refused,
};

type Answer = Result<Response<Activity>, Status>;

async fn get(world: &World, who: &kit::access::Caller, activity: &Activity) -> Answer {
    let request = GetActivityRequest {
        activity_id: activity.activity_id.clone(),
    };
    world.activities().get_activity(as_(who, request)).await
}

async fn publish(world: &World, who: &kit::access::Caller, activity: &Activity) -> Answer {
    let request = PublishActivityRequest {
        activity_id: activity.activity_id.clone(),
        request_id: String::new(),
    };
    world.activities().publish_activity(as_(who, request)).await
}

async fn cancel(world: &World, who: &kit::access::Caller, activity: &Activity) -> Answer {
    let request = CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "天气原因".to_owned(),
        request_id: String::new(),
    };
    world.activities().cancel_activity(as_(who, request)).await
}

fn change(activity: &Activity) -> UpdateActivityRequest {
    UpdateActivityRequest {
        activity_id: activity.activity_id.clone(),
        etag: activity.etag.clone(),
        ..UpdateActivityRequest::default()
    }
}

async fn update(world: &World, request: UpdateActivityRequest) -> Answer {
    world
        .activities()
        .update_activity(as_(&world.staff, request))
        .await
}

#[tokio::test]
async fn an_activity_goes_from_draft_to_published_to_cancelled() {
    let world = World::new().await;
    let draft = world.draft(20).await;
    assert_eq!(draft.state(), activity::State::Draft);
    assert_eq!(draft.organisation_name, "中国计算机学会");
    assert_eq!(
        (draft.capacity, draft.seats_taken, draft.credit_minutes),
        (20, 0, 90)
    );
    assert_eq!(
        refused(cancel(&world, &world.staff, &draft).await),
        "ACTIVITY_STATE_CONFLICT"
    );
    let published = ok(publish(&world, &world.staff, &draft).await);
    assert_eq!(published.state(), activity::State::Published);
    assert_ne!(published.etag, draft.etag);
    let status = publish(&world, &world.staff, &draft).await.unwrap_err();
    assert_eq!(reason(&status), "ACTIVITY_STATE_CONFLICT");
    assert_eq!(metadata(&status, "from"), "PUBLISHED");
    assert_eq!(metadata(&status, "to_zh"), "已发布");
    let cancelled = ok(cancel(&world, &world.staff, &published).await);
    assert_eq!(cancelled.state(), activity::State::Cancelled);
    assert_eq!(cancelled.cancel_reason, "天气原因");
    assert_eq!(
        ok(get(&world, &anonymous(), &draft).await),
        cancelled,
        "the reason is public"
    );
    for refusal in [
        publish(&world, &world.staff, &draft).await,
        cancel(&world, &world.staff, &draft).await,
    ] {
        assert_eq!(refused(refusal), "ACTIVITY_STATE_CONFLICT");
    }
    assert_eq!(
        refused(update(&world, change(&cancelled)).await),
        "ACTIVITY_CANCELLED"
    );
    let audited: i64 = sqlx::query_scalar("select count(*) from audit.records")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(audited, 3);
    world.invariants().await;
}

#[tokio::test]
async fn drafts_are_hidden_from_other_organisations_and_the_public() {
    let world = World::new().await;
    let draft = world.draft(20).await;
    let system = client(world.society, &["activities.manage"]);
    let foreign_system = client(world.other_society, &["activities.manage"]);
    let narrow_system = client(world.society, &["members.read"]);
    let above = crate::world::desk_of(world.pool(), world.headquarters).await;
    for insider in [&world.staff, &system, &above] {
        assert_eq!(ok(get(&world, insider, &draft).await), draft);
    }
    for outsider in [
        &anonymous(),
        &person(),
        &world.stranger,
        &foreign_system,
        &narrow_system,
    ] {
        assert_eq!(refused(get(&world, outsider, &draft).await), "NOT_FOUND");
    }
    // A caller who holds the permission nowhere is refused before the activity is read.
    for (outsider, answer) in [
        (&person(), "PERMISSION_DENIED"),
        (&narrow_system, "PERMISSION_DENIED"),
        (&world.stranger, "NOT_FOUND"),
        (&foreign_system, "NOT_FOUND"),
    ] {
        assert_eq!(refused(publish(&world, outsider, &draft).await), answer);
        assert_eq!(refused(cancel(&world, outsider, &draft).await), answer);
        let request = as_(outsider, change(&draft));
        assert_eq!(
            refused(world.activities().update_activity(request).await),
            answer
        );
    }
    // A published activity is public, so the refusal need not hide it.
    let published = world.publish(&draft).await;
    assert_eq!(ok(get(&world, &anonymous(), &published).await), published);
    assert_eq!(
        refused(publish(&world, &world.stranger, &published).await),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        refused(cancel(&world, &anonymous(), &published).await),
        "UNAUTHENTICATED"
    );
    let foreign = as_(&world.stranger, crate::world::draft(world.society, 5));
    assert_eq!(
        refused(world.activities().create_activity(foreign).await),
        "PERMISSION_DENIED"
    );
    let nowhere = as_(&world.staff, crate::world::draft(uuid::Uuid::now_v7(), 5));
    assert_eq!(
        refused(world.activities().create_activity(nowhere).await),
        "PERMISSION_DENIED"
    );
    world.invariants().await;
}

#[tokio::test]
async fn invalid_input_is_refused_with_the_field() {
    let world = World::new().await;
    let at = |hours: i64| Some(timestamp(NOW + Duration::hours(hours)));
    let good = draft(world.society, 5);
    let cases: Vec<(&str, CreateActivityRequest)> = vec![
        (
            "organisation_id",
            CreateActivityRequest {
                organisation_id: "x".into(),
                ..good.clone()
            },
        ),
        (
            "kind",
            CreateActivityRequest {
                kind: 0,
                ..good.clone()
            },
        ),
        (
            "kind",
            CreateActivityRequest {
                kind: 99,
                ..good.clone()
            },
        ),
        (
            "starts_at",
            CreateActivityRequest {
                starts_at: None,
                ..good.clone()
            },
        ),
        (
            "starts_at",
            CreateActivityRequest {
                starts_at: at(6 * 366 * 24),
                ends_at: at(6 * 366 * 24 + 1),
                ..good.clone()
            },
        ),
        (
            "ends_at",
            CreateActivityRequest {
                ends_at: at(24),
                ..good.clone()
            },
        ),
        (
            "ends_at",
            CreateActivityRequest {
                ends_at: at(24 + 366 * 24 + 1),
                ..good.clone()
            },
        ),
        (
            "registration_closes_at",
            CreateActivityRequest {
                registration_closes_at: at(27),
                ..good.clone()
            },
        ),
        (
            "division_code",
            CreateActivityRequest {
                division_code: "110199".into(),
                ..good.clone()
            },
        ),
    ];
    for (wrong, request) in cases {
        let answer = world
            .activities()
            .create_activity(as_(&world.staff, request))
            .await;
        assert_eq!(field(answer), wrong);
    }
    let count: i64 = sqlx::query_scalar("select count(*) from activities")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn an_outdated_etag_is_refused_and_of_two_changes_at_once_one_is_made() {
    let world = World::new().await;
    let activity = world.published(20).await;
    let outdated = UpdateActivityRequest {
        etag: "v1".into(),
        ..change(&activity)
    };
    assert_eq!(refused(update(&world, outdated).await), "ETAG_MISMATCH");
    let foreign = UpdateActivityRequest {
        etag: "W/\"1\"".into(),
        ..change(&activity)
    };
    assert_eq!(refused(update(&world, foreign).await), "ETAG_MISMATCH");
    let answers = join_all((0..8).map(|nth| {
        let request = UpdateActivityRequest {
            capacity: Some(30 + nth),
            ..change(&activity)
        };
        update(&world, request)
    }))
    .await;
    let (made, refusals): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for refusal in refusals {
        assert_eq!(refused(refusal), "ETAG_MISMATCH");
    }
    // A registration does not change the etag.
    let current = world.activity(&activity).await;
    world.register(&person(), &activity).await;
    let request = UpdateActivityRequest {
        place: Some("二号报告厅".into()),
        ..change(&current)
    };
    let moved = ok(update(&world, request).await);
    assert_eq!((moved.place.as_str(), moved.seats_taken), ("二号报告厅", 1));
    // An update without a change keeps the version.
    assert_eq!(ok(update(&world, change(&moved)).await), moved);
    world.invariants().await;
}

#[tokio::test]
async fn a_published_activity_keeps_its_credit_and_the_seats_taken() {
    let world = World::new().await;
    let draft = world.draft(20).await;
    let better = UpdateActivityRequest {
        credit_minutes: Some(120),
        title: Some("人工智能报告会".into()),
        ..change(&draft)
    };
    let draft = ok(update(&world, better).await);
    assert_eq!(
        (draft.credit_minutes, draft.title.as_str()),
        (120, "人工智能报告会")
    );
    let activity = world.publish(&draft).await;
    let worse = UpdateActivityRequest {
        credit_minutes: Some(60),
        ..change(&activity)
    };
    assert_eq!(
        refused(update(&world, worse).await),
        "ACTIVITY_CREDIT_FIXED"
    );
    for _ in 0..3 {
        world.register(&person(), &activity).await;
    }
    let fewer = |capacity| UpdateActivityRequest {
        capacity: Some(capacity),
        ..change(&activity)
    };
    let status = update(&world, fewer(2)).await.unwrap_err();
    assert_eq!(reason(&status), "CAPACITY_BELOW_SEATS_TAKEN");
    assert_eq!(metadata(&status, "seats_taken"), "3");
    let exact = ok(update(&world, fewer(3)).await);
    assert_eq!((exact.capacity, exact.seats_taken), (3, 3));
    let full = crate::world::register(&world.registrations(), &person(), &activity, "").await;
    assert_eq!(refused(full), "ACTIVITY_FULL");
    world.invariants().await;
}

#[tokio::test]
async fn nothing_is_published_or_moved_into_the_past_and_the_past_is_left_alone() {
    let world = World::new().await;
    let draft = world.draft(20).await;
    let activity = world.published(20).await;
    let yesterday = UpdateActivityRequest {
        starts_at: Some(timestamp(NOW - Duration::DAY)),
        ..change(&activity)
    };
    assert_eq!(
        refused(update(&world, yesterday).await),
        "ACTIVITY_STARTS_IN_PAST"
    );
    let closed = UpdateActivityRequest {
        registration_closes_at: Some(timestamp(NOW - Duration::MINUTE)),
        ..change(&activity)
    };
    let closed = ok(update(&world, closed).await);
    let late = crate::world::register(&world.registrations(), &person(), &activity, "").await;
    assert_eq!(refused(late), "REGISTRATION_CLOSED");
    world.clock.set(NOW + Duration::hours(25));
    assert_eq!(
        refused(publish(&world, &world.staff, &draft).await),
        "ACTIVITY_STARTS_IN_PAST"
    );
    let ended = UpdateActivityRequest {
        ends_at: Some(timestamp(NOW + Duration::hours(24) + Duration::MINUTE)),
        ..change(&closed)
    };
    assert_eq!(field(update(&world, ended).await), "ends_at");
    world.clock.set(NOW + Duration::hours(26));
    let status = cancel(&world, &world.staff, &activity).await.unwrap_err();
    assert_eq!(reason(&status), "ACTIVITY_FINISHED");
    assert_eq!(metadata(&status, "ended_at"), "2026-05-02 12:00");
    assert_eq!(
        refused(update(&world, change(&closed)).await),
        "ACTIVITY_FINISHED"
    );
    world.invariants().await;
}

#[tokio::test]
async fn a_request_sent_again_gives_the_first_answer() {
    let world = World::new().await;
    let request = CreateActivityRequest {
        request_id: "one".into(),
        ..draft(world.society, 5)
    };
    let answers = join_all((0..6).map(|_| async {
        let request = as_(&world.staff, request.clone());
        world.activities().create_activity(request).await
    }))
    .await;
    let made: Vec<Activity> = answers.into_iter().map(ok).collect();
    assert!(made.iter().all(|activity| *activity == made[0]));
    let other = CreateActivityRequest {
        capacity: 6,
        ..request
    };
    let reused = world
        .activities()
        .create_activity(as_(&world.staff, other))
        .await;
    assert_eq!(refused(reused), "REQUEST_ID_REUSED");
    let publish = PublishActivityRequest {
        activity_id: made[0].activity_id.clone(),
        request_id: "two".into(),
    };
    let first = ok(world
        .activities()
        .publish_activity(as_(&world.staff, publish.clone()))
        .await);
    let again = ok(world
        .activities()
        .publish_activity(as_(&world.staff, publish))
        .await);
    assert_eq!(first, again);
    let count: i64 = sqlx::query_scalar("select count(*) from activities")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(count, 1);
    world.invariants().await;
}
