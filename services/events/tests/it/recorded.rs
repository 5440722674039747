//! Changes of an activity keep to its recorded registrations and check-ins.

use kit::wire::timestamp;
use proto_events::v1::{
    Activity, ActivityRelocated, CheckInRequest, CheckInResponse, CreateActivityRequest,
    SeatReleased, UpdateActivityRequest,
};
use time::{Duration, OffsetDateTime};
use tonic::{Response, Status};

use crate::world::{NOW, World, as_, cancel, draft, field, metadata, ok, person, reason, refused};

/// The activity starts a day after the test; check-in opens on that day.
const ON_THE_DAY: Duration = Duration::hours(23);

fn change(activity: &Activity) -> UpdateActivityRequest {
    UpdateActivityRequest {
        activity_id: activity.activity_id.clone(),
        etag: "*".to_owned(),
        ..UpdateActivityRequest::default()
    }
}

async fn update(
    world: &World,
    request: UpdateActivityRequest,
) -> Result<Response<Activity>, Status> {
    world
        .activities()
        .update_activity(as_(&world.staff, request))
        .await
}

/// Registers a person for an activity and checks them in.
async fn attend(world: &World, activity: &Activity) -> CheckInResponse {
    let scientist = person();
    let registration = world.register(&scientist, activity).await;
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket: world.ticket(&scientist, &registration).await.token,
        request_id: String::new(),
    };
    ok(world.check_ins().check_in(as_(&world.staff, request)).await)
}

fn moved(activity: &Activity, starts_at: OffsetDateTime) -> UpdateActivityRequest {
    UpdateActivityRequest {
        starts_at: Some(timestamp(starts_at)),
        ends_at: Some(timestamp(starts_at + Duration::hours(2))),
        ..change(activity)
    }
}

async fn events<M: prost::Message + prost::Name + Default>(world: &World) -> Vec<M> {
    let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
        "select payload from eventlog.outbox where event_type = $1 order by seq",
    )
    .bind(M::NAME)
    .fetch_all(world.pool())
    .await
    .unwrap();
    payloads
        .iter()
        .map(|payload| M::decode(payload.as_slice()).unwrap())
        .collect()
}

#[tokio::test]
async fn the_start_cannot_move_beyond_recorded_check_ins() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.clock.set(NOW + ON_THE_DAY);
    let in_forty_days = NOW + Duration::days(40);
    // The control: without a check-in the activity can be moved there, and back.
    ok(update(&world, moved(&activity, in_forty_days)).await);
    ok(update(&world, moved(&activity, NOW + Duration::DAY)).await);
    attend(&world, &activity).await;
    let status = update(&world, moved(&activity, in_forty_days))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "CHECK_INS_RECORDED");
    assert_eq!(metadata(&status, "first_checked_in_at"), "2026-05-02 09:00");
    // A later start, for which check-in was already open at that time.
    let late = NOW + Duration::hours(25);
    ok(update(&world, moved(&activity, late)).await);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_concurrent_move_and_check_in_only_one_happens() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.clock.set(NOW + ON_THE_DAY);
    let scientist = person();
    let registration = world.register(&scientist, &activity).await;
    let ticket = world.ticket(&scientist, &registration).await.token;
    // A check-in that is written and not committed: it waits for the lock on the registration, which another transaction holds.
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select from registrations for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let check_in = {
        let (mut check_ins, staff) = (world.check_ins(), world.staff.clone());
        let request = CheckInRequest {
            activity_id: activity.activity_id.clone(),
            ticket,
            request_id: String::new(),
        };
        tokio::spawn(async move { check_ins.check_in(as_(&staff, request)).await })
    };
    world.until_waiting_for_locks(1).await;
    let move_away = {
        let (mut activities, staff) = (world.activities(), world.staff.clone());
        let request = moved(&activity, NOW + Duration::days(40));
        tokio::spawn(async move { activities.update_activity(as_(&staff, request)).await })
    };
    world.until_waiting_for_locks(2).await;
    held.rollback().await.unwrap();
    ok(check_in.await.unwrap());
    assert_eq!(refused(move_away.await.unwrap()), "CHECK_INS_RECORDED");
    world.invariants().await;
}

#[tokio::test]
async fn attendance_is_worth_no_more_than_the_activity_lasts() {
    let world = World::new().await;
    let too_much = CreateActivityRequest {
        credit_minutes: 121,
        ..draft(world.society, 10)
    };
    let status = world
        .activities()
        .create_activity(as_(&world.staff, too_much))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "CREDIT_EXCEEDS_LENGTH");
    assert_eq!(metadata(&status, "length_minutes"), "120");
    let activity = world.draft(10).await;
    let much = UpdateActivityRequest {
        credit_minutes: Some(60_000),
        ..change(&activity)
    };
    assert_eq!(refused(update(&world, much).await), "CREDIT_EXCEEDS_LENGTH");
    let activity = world.publish(&activity).await;
    let shorter = UpdateActivityRequest {
        ends_at: Some(timestamp(NOW + Duration::hours(25))),
        ..change(&activity)
    };
    assert_eq!(
        refused(update(&world, shorter).await),
        "CREDIT_EXCEEDS_LENGTH"
    );
    world.invariants().await;
}

#[tokio::test]
async fn an_activity_from_before_the_rule_credits_what_it_lasts() {
    let world = World::new().await;
    let activity = world.published(10).await;
    sqlx::query("update activities set credit_minutes = 60000")
        .execute(world.pool())
        .await
        .unwrap();
    world.clock.set(NOW + ON_THE_DAY);
    assert_eq!(attend(&world, &activity).await.credited_minutes, 120);
    let published: Vec<proto_events::v1::AttendanceRecorded> = events(&world).await;
    assert_eq!(published[0].credited_minutes, 120);
    world.invariants().await;
}

#[tokio::test]
async fn the_deadline_can_be_cleared_and_does_not_move_before_the_last_registration() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let closes = |at: OffsetDateTime| UpdateActivityRequest {
        registration_closes_at: Some(timestamp(at)),
        ..change(&activity)
    };
    ok(update(&world, closes(NOW + Duration::HOUR)).await);
    world.clock.set(NOW + Duration::minutes(30));
    let registered = world.register(&person(), &activity).await;
    let status = update(&world, closes(NOW + Duration::minutes(10)))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "DEADLINE_BEFORE_REGISTRATIONS");
    assert_eq!(metadata(&status, "last_registered_at"), "2026-05-01 10:30");
    let at_once = ok(update(&world, closes(NOW + Duration::minutes(30))).await);
    assert_eq!(
        registered.created_at, at_once.registration_closes_at,
        "closing at once is fine"
    );
    let full = crate::world::register(&world.registrations(), &person(), &activity, "").await;
    assert_eq!(refused(full), "REGISTRATION_CLOSED");
    let cleared = UpdateActivityRequest {
        clear_registration_closes_at: true,
        ..change(&activity)
    };
    let open = ok(update(&world, cleared.clone()).await);
    assert_eq!(open.registration_closes_at, None);
    world.register(&person(), &activity).await;
    let both = UpdateActivityRequest {
        registration_closes_at: Some(timestamp(NOW + Duration::HOUR)),
        ..cleared
    };
    assert_eq!(
        field(update(&world, both).await),
        "clear_registration_closes_at"
    );
    world.invariants().await;
}

#[tokio::test]
async fn a_published_activity_moves_to_another_division_with_its_seats_until_the_first_check_in() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let early = person();
    let registration = world.register(&early, &activity).await;
    world.register(&person(), &activity).await;
    let to = |code: &str| UpdateActivityRequest {
        division_code: Some(code.to_owned()),
        ..change(&activity)
    };
    let elsewhere = ok(update(&world, to("440106")).await);
    assert_eq!(elsewhere.division_code, "440106");
    let published: Vec<ActivityRelocated> = events(&world).await;
    assert_eq!(published.len(), 1);
    assert_eq!(
        (
            published[0].from_division_code.as_str(),
            published[0].to_division_code.as_str(),
            published[0].seats_taken
        ),
        ("110108", "440106", 2)
    );
    ok(cancel(&world.registrations(), &early, &registration, "").await);
    let released: Vec<SeatReleased> = events(&world).await;
    assert_eq!(released[0].division_code, "440106");
    ok(update(&world, to("440106")).await);
    assert_eq!(events::<ActivityRelocated>(&world).await.len(), 1);
    assert_eq!(field(update(&world, to("999999")).await), "division_code");
    world.clock.set(NOW + ON_THE_DAY);
    attend(&world, &activity).await;
    assert_eq!(
        refused(update(&world, to("110108")).await),
        "CHECK_INS_RECORDED"
    );
    let online = world.draft(3).await;
    let online = UpdateActivityRequest {
        activity_id: online.activity_id.clone(),
        ..to("")
    };
    assert_eq!(ok(update(&world, online).await).division_code, "");
    assert_eq!(
        events::<ActivityRelocated>(&world).await.len(),
        1,
        "a draft counts nowhere"
    );
    world.invariants().await;
}

#[tokio::test]
async fn an_etag_is_that_of_the_version_or_a_star() {
    let world = World::new().await;
    let activity = world.draft(3).await;
    for (etag, accepted) in [
        ("*", true),
        ("v1", true),
        ("v2", false),
        ("W/\"v1\"", false),
        ("\"v1\"", false),
    ] {
        let request = UpdateActivityRequest {
            etag: etag.to_owned(),
            ..change(&activity)
        };
        let answer = update(&world, request).await;
        match accepted {
            true => drop(ok(answer)),
            false => assert_eq!(refused(answer), "ETAG_MISMATCH", "{etag}"),
        }
    }
}
