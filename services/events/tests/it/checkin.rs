//! Tickets, check-in and credits.

use futures::future::join_all;
use proto_events::v1::{
    Activity, CancelActivityRequest, CheckInRequest, CheckInResponse, CreateActivityRequest,
    GetTicketRequest, ListMyCreditsRequest, registration,
};
use time::Duration;
use tonic::{Response, Status};

use crate::world::{
    NOW, World, as_, cancel, client, desk_of, draft, metadata, named_person, ok, person, reason,
    refused,
};

/// The activity starts a day after the test; check-in opens on that day.
fn on_the_day() -> time::OffsetDateTime {
    NOW + Duration::hours(23)
}

async fn check_in(
    world: &World,
    who: &kit::access::Caller,
    activity: &Activity,
    ticket: &str,
    request_id: &str,
) -> Result<Response<CheckInResponse>, Status> {
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket: ticket.to_owned(),
        request_id: request_id.to_owned(),
    };
    world.check_ins().check_in(as_(who, request)).await
}

async fn credits(world: &World, who: &kit::access::Caller) -> (Vec<i32>, i64) {
    let request = ListMyCreditsRequest::default();
    let list = ok(world.check_ins().list_my_credits(as_(who, request)).await);
    (
        list.credits
            .into_iter()
            .map(|credit| credit.minutes)
            .collect(),
        list.total_minutes,
    )
}

#[tokio::test]
async fn a_ticket_checks_its_holder_in_and_the_credit_is_booked() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = named_person(Some("李思远"));
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await;
    assert_eq!(ticket.registration.as_ref(), Some(&registration));
    assert!(ticket.token.len() < 260 && !ticket.token.contains("李"));
    world.clock.set(on_the_day());
    let answer = ok(check_in(&world, &world.staff, &activity, &ticket.token, "").await);
    assert!(!answer.repeated);
    assert_eq!(answer.credited_minutes, 90);
    let shown = answer.registration.unwrap();
    assert_eq!(shown.state(), registration::State::Attended);
    assert_eq!(shown.person_name, "李思远");
    assert_eq!(
        shown.checked_in_at,
        Some(kit::wire::timestamp(on_the_day()))
    );
    assert_eq!(credits(&world, &scientist).await, (vec![90], 90));
    world.clock.set(on_the_day() + Duration::HOUR);
    let system = client(world.society, &["checkins.manage"]);
    let again = ok(check_in(&world, &system, &activity, &ticket.token, "").await);
    assert!(again.repeated);
    assert_eq!(again.credited_minutes, 90);
    assert_eq!(again.registration, Some(shown));
    assert_eq!(credits(&world, &scientist).await, (vec![90], 90));
    assert_eq!(
        world.activity(&activity).await.seats_taken,
        1,
        "who attends keeps the seat"
    );
    let records: i64 =
        sqlx::query_scalar("select count(*) from audit.records where action like '%CheckIn'")
            .fetch_one(world.pool())
            .await
            .unwrap();
    assert_eq!(records, 2);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_concurrent_check_ins_with_one_ticket_count_once() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    world.clock.set(on_the_day());
    let request_id = |nth: usize| {
        if nth.is_multiple_of(2) {
            String::new()
        } else {
            format!("r{}", nth % 4)
        }
    };
    let answers = join_all((0..16).map(|nth| {
        let (mut check_ins, staff) = (world.check_ins(), world.staff.clone());
        let request = CheckInRequest {
            activity_id: activity.activity_id.clone(),
            ticket: ticket.clone(),
            request_id: request_id(nth),
        };
        tokio::spawn(async move { check_ins.check_in(as_(&staff, request)).await })
    }))
    .await;
    let answers: Vec<CheckInResponse> = answers.into_iter().map(|task| ok(task.unwrap())).collect();
    let first: Vec<_> = answers.iter().filter(|answer| !answer.repeated).collect();
    // A replay of the first request gets the first answer.
    assert!((1..=4).contains(&first.len()), "{}", first.len());
    assert!(answers.iter().all(|answer| answer.credited_minutes == 90));
    assert_eq!(credits(&world, &scientist).await, (vec![90], 90));
    world.invariants().await;
}

#[tokio::test]
async fn forged_foreign_and_misplaced_tickets_are_refused() {
    let world = World::new().await;
    let (activity, other) = (world.published(10).await, world.published(10).await);
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    let foreign = {
        let elsewhere = World::new().await;
        let activity = elsewhere.published(10).await;
        let registration = elsewhere.register(&scientist, &activity).await;
        elsewhere.ticket(&scientist, &registration).await.token
    };
    world.clock.set(on_the_day());
    let swapped = {
        let mut parts: Vec<&str> = ticket.split('.').collect();
        parts[1] = foreign.split('.').nth(1).unwrap();
        parts.join(".")
    };
    let cut = &ticket[..ticket.len() - 2];
    for wrong in [
        &foreign,
        &swapped,
        cut,
        "票",
        "a.b.c",
        &registration.registration_id,
    ] {
        let answer = check_in(&world, &world.staff, &activity, wrong, "").await;
        assert_eq!(refused(answer), "TICKET_INVALID", "{wrong}");
    }
    let answer = check_in(&world, &world.staff, &activity, "", "").await;
    assert_eq!(refused(answer), "INVALID_ARGUMENT");
    assert_eq!(
        refused(check_in(&world, &world.staff, &other, &ticket, "").await),
        "TICKET_INVALID"
    );
    assert_eq!(credits(&world, &scientist).await, (vec![], 0));
    world.invariants().await;
}

#[tokio::test]
async fn only_the_organisations_staff_check_in() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    world.clock.set(on_the_day());
    let foreign_system = client(world.other_society, &["checkins.manage"]);
    let narrow_system = client(world.society, &["registrations.read"]);
    for outsider in [&scientist, &world.stranger, &foreign_system, &narrow_system] {
        let answer = check_in(&world, outsider, &activity, &ticket, "").await;
        assert_eq!(refused(answer), "PERMISSION_DENIED");
    }
    let above = desk_of(world.pool(), world.headquarters).await;
    assert!(!ok(check_in(&world, &above, &activity, &ticket, "").await).repeated);
    let request = GetTicketRequest {
        registration_id: registration.registration_id.clone(),
    };
    let stolen = world
        .registrations()
        .get_ticket(as_(&person(), request))
        .await;
    assert_eq!(refused(stolen), "NOT_FOUND");
}

#[tokio::test]
async fn check_in_is_open_around_the_activity() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    let status = check_in(&world, &world.staff, &activity, &ticket, "")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "CHECK_IN_TOO_EARLY");
    assert_eq!(metadata(&status, "opens_at"), "2026-05-02 00:00");
    world.clock.set(NOW + Duration::hours(26 + 24));
    let status = check_in(&world, &world.staff, &activity, &ticket, "")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "CHECK_IN_TOO_LATE");
    assert_eq!(metadata(&status, "closed_at"), "2026-05-03 12:00");
    world.clock.set(NOW + Duration::hours(14));
    ok(check_in(&world, &world.staff, &activity, &ticket, "").await);
    world.invariants().await;
}

#[tokio::test]
async fn a_cancelled_registration_has_no_ticket_and_is_not_checked_in() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    ok(cancel(&world.registrations(), &scientist, &registration, "").await);
    world.clock.set(on_the_day());
    let answer = check_in(&world, &world.staff, &activity, &ticket, "").await;
    assert_eq!(refused(answer), "REGISTRATION_CANCELLED");
    let request = GetTicketRequest {
        registration_id: registration.registration_id.clone(),
    };
    let none = world
        .registrations()
        .get_ticket(as_(&scientist, request))
        .await;
    assert_eq!(refused(none), "REGISTRATION_CANCELLED");
    // A new seat has a new ticket; the old one stays void.
    let second = world.register(&scientist, &activity).await;
    let answer = check_in(&world, &world.staff, &activity, &ticket, "").await;
    assert_eq!(refused(answer), "REGISTRATION_CANCELLED");
    let ticket = world.ticket(&scientist, &second).await.token;
    ok(check_in(&world, &world.staff, &activity, &ticket, "").await);
    let status = cancel(&world.registrations(), &scientist, &second, "")
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "REGISTRATION_STATE_CONFLICT");
    assert_eq!(metadata(&status, "from_zh"), "已签到");
    world.invariants().await;
}

#[tokio::test]
async fn check_in_at_a_cancelled_activity_is_refused() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    let request = CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "场地停电".to_owned(),
        request_id: String::new(),
    };
    ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    world.clock.set(on_the_day());
    let answer = check_in(&world, &world.staff, &activity, &ticket, "").await;
    assert_eq!(refused(answer), "ACTIVITY_CANCELLED");
    world.invariants().await;
}

#[tokio::test]
async fn a_check_in_that_is_sent_again_is_answered_as_the_first_time() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    world.clock.set(on_the_day());
    let first = ok(check_in(&world, &world.staff, &activity, &ticket, "one").await);
    let again = ok(check_in(&world, &world.staff, &activity, &ticket, "one").await);
    assert_eq!(first, again);
    assert!(!again.repeated);
    world.invariants().await;
}

#[tokio::test]
async fn credits_are_listed_with_their_sum_on_every_page() {
    let world = World::new().await;
    let scientist = person();
    assert_eq!(credits(&world, &scientist).await, (vec![], 0));
    for minutes in [45, 0, 90, 135] {
        let request = CreateActivityRequest {
            credit_minutes: minutes,
            ends_at: Some(kit::wire::timestamp(NOW + Duration::hours(27))),
            ..draft(world.society, 3)
        };
        let draft = ok(world
            .activities()
            .create_activity(as_(&world.staff, request))
            .await);
        let activity = world.publish(&draft).await;
        let registration = world.register(&scientist, &activity).await;
        let ticket = world.ticket(&scientist, &registration).await.token;
        world.clock.set(on_the_day());
        let answer = ok(check_in(&world, &world.staff, &activity, &ticket, "").await);
        assert_eq!(answer.credited_minutes, minutes);
        world.clock.set(NOW);
    }
    let page = async |page_token: String| {
        let request = ListMyCreditsRequest {
            page_size: 2,
            page_token,
        };
        ok(world
            .check_ins()
            .list_my_credits(as_(&scientist, request))
            .await)
    };
    let first = page(String::new()).await;
    assert_eq!(
        first.credits.iter().map(|c| c.minutes).collect::<Vec<_>>(),
        [135, 90]
    );
    assert_eq!(first.credits[0].organisation_name, "中国计算机学会");
    assert_eq!(first.credits[0].activity_title, "人工智能前沿报告会");
    assert_eq!(first.total_minutes, 270);
    let second = page(first.next_page_token).await;
    assert_eq!(
        second.credits.iter().map(|c| c.minutes).collect::<Vec<_>>(),
        [45]
    );
    assert_eq!(
        (second.total_minutes, second.next_page_token.as_str()),
        (270, "")
    );
    assert_eq!(credits(&world, &person()).await, (vec![], 0));
    world.invariants().await;
}

#[tokio::test]
async fn replicas_that_start_together_sign_with_the_same_key() {
    let world = World::new().await;
    sqlx::query("delete from ticket_keys")
        .execute(world.pool())
        .await
        .unwrap();
    let starts = join_all((0..6).map(|_| {
        let context = world.context.clone();
        tokio::spawn(async move {
            events::tickets::Tickets::load(&context.db, &context.keys, &context.clock).await
        })
    }))
    .await;
    let rings: Vec<_> = starts
        .into_iter()
        .map(|start| start.unwrap().unwrap())
        .collect();
    let subject = events::tickets::Subject {
        registration_id: uuid::Uuid::now_v7(),
        activity_id: uuid::Uuid::now_v7(),
    };
    for ring in &rings {
        let ticket = ring.issue(subject).unwrap();
        assert_eq!(ticket, rings[0].issue(subject).unwrap());
        assert_eq!(ring.read(&rings[0].issue(subject).unwrap()), Ok(subject));
    }
    let keys: i64 = sqlx::query_scalar("select count(*) from ticket_keys")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(keys, 1);
    // A newer key signs; tickets signed by the earlier one stay valid.
    let old = rings[0].issue(subject).unwrap();
    sqlx::query("update ticket_keys set created_at = created_at - interval '1 day'")
        .execute(world.pool())
        .await
        .unwrap();
    let elsewhere = World::new().await;
    let (key_id, public_key, private_key): (String, Vec<u8>, Vec<u8>) =
        sqlx::query_as("select key_id, public_key, private_key from ticket_keys")
            .fetch_one(elsewhere.pool())
            .await
            .unwrap();
    sqlx::query("insert into ticket_keys values ($1, $2, $3, now())")
        .bind(key_id)
        .bind(public_key)
        .bind(private_key)
        .execute(world.pool())
        .await
        .unwrap();
    let context = &world.context;
    let renewed = events::tickets::Tickets::load(&context.db, &context.keys, &context.clock)
        .await
        .unwrap();
    assert_ne!(renewed.issue(subject).unwrap(), old);
    assert_eq!(renewed.read(&old), Ok(subject));
}
