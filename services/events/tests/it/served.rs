//! The whole service: what its layers admit and refuse.

use futures::future::join_all;
use proto_events::v1::{
    self as wire, Activity, CheckInRequest, CreateActivityRequest, CreateRegistrationRequest,
    GetTicketRequest,
};
use tonic::Code;
use uuid::Uuid;

use crate::world::{NOW, World, as_, client, draft, field, id, named_person, ok, person, refused};

fn seat_at(activity: &Activity) -> CreateRegistrationRequest {
    CreateRegistrationRequest {
        activity_id: activity.activity_id.clone(),
        division_code: String::new(),
        request_id: "one".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_society_publishes_a_scientist_comes_and_is_credited() {
    let world = World::new().await;
    let system = client(
        world.society,
        &["activities.manage", "checkins.manage", "registrations.read"],
    );
    let request = as_(&system, draft(world.society, 3));
    let draft = ok(world.activities().create_activity(request).await);
    let request = wire::PublishActivityRequest {
        activity_id: draft.activity_id.clone(),
        request_id: String::new(),
    };
    let activity = ok(world
        .activities()
        .publish_activity(as_(&system, request))
        .await);
    let scientist = named_person(Some("李思远"));
    let request = as_(&scientist, seat_at(&activity));
    let registration = ok(world.registrations().create_registration(request).await);
    assert_eq!(registration.person_name, "李思远");
    let request = GetTicketRequest {
        registration_id: registration.registration_id.clone(),
    };
    let ticket = ok(world
        .registrations()
        .get_ticket(as_(&scientist, request))
        .await);
    world.clock.set(NOW + time::Duration::hours(24));
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket: ticket.token,
        request_id: String::new(),
    };
    let answer = ok(world.check_ins().check_in(as_(&system, request)).await);
    assert_eq!((answer.credited_minutes, answer.repeated), (90, false));
    let request = as_(&scientist, wire::ListMyCreditsRequest::default());
    assert_eq!(
        ok(world.check_ins().list_my_credits(request).await).total_minutes,
        90
    );
    let request = wire::ListRegistrationsRequest {
        activity_id: activity.activity_id.clone(),
        ..Default::default()
    };
    let list = ok(world
        .registrations()
        .list_registrations(as_(&system, request))
        .await);
    assert_eq!(list.registrations.len(), 1);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_callers_over_the_network_take_thirty_two_seats() {
    let world = World::new().await;
    let activity = world.published(32).await;
    let calls = (0..64).map(|_| {
        let request = as_(&person(), seat_at(&activity));
        let mut registrations = world.registrations();
        tokio::spawn(async move { registrations.create_registration(request).await })
    });
    let answers = join_all(calls.collect::<Vec<_>>()).await;
    let (seats, refusals): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .map(|call| call.unwrap())
        .partition(Result::is_ok);
    assert_eq!(seats.len(), 32);
    for refusal in refusals {
        assert_eq!(refused(refusal), "ACTIVITY_FULL");
    }
    world.invariants().await;
}

#[tokio::test]
async fn access_is_decided_before_the_request_is_processed() {
    let world = World::new().await;
    let activity = world.published(3).await;
    let anonymous = crate::world::anonymous();
    let request = as_(&anonymous, seat_at(&activity));
    let answer = world.registrations().create_registration(request).await;
    assert_eq!(refused(answer), "UNAUTHENTICATED");
    let system = client(world.society, &["activities.manage"]);
    let request = as_(&system, seat_at(&activity));
    assert_eq!(
        refused(world.registrations().create_registration(request).await),
        "PERSON_REQUIRED"
    );
    // Neither a grant nor a scope anywhere: the method is refused for every request.
    for outsider in [person(), client(world.society, &["members.read"])] {
        let request = as_(&outsider, draft(world.society, 3));
        assert_eq!(
            refused(world.activities().create_activity(request).await),
            "PERMISSION_DENIED"
        );
        let request = wire::ListRegistrationsRequest {
            activity_id: Uuid::now_v7().to_string(),
            ..Default::default()
        };
        let request = as_(&outsider, request);
        let listed = world.registrations().list_registrations(request).await;
        assert_eq!(refused(listed), "PERMISSION_DENIED");
    }
    let request = wire::GetActivityRequest {
        activity_id: activity.activity_id.clone(),
    };
    let seen = ok(world
        .activities()
        .get_activity(as_(&anonymous, request))
        .await);
    assert_eq!(id(&seen.activity_id), id(&activity.activity_id));
}

#[tokio::test]
async fn the_limits_of_the_contract_are_kept() {
    let world = World::new().await;
    let good = draft(world.society, 3);
    let long = "长".repeat(101);
    let cases: Vec<(&str, CreateActivityRequest)> = vec![
        (
            "capacity",
            CreateActivityRequest {
                capacity: 0,
                ..good.clone()
            },
        ),
        (
            "capacity",
            CreateActivityRequest {
                capacity: 1_000_001,
                ..good.clone()
            },
        ),
        (
            "credit_minutes",
            CreateActivityRequest {
                credit_minutes: -1,
                ..good.clone()
            },
        ),
        (
            "credit_minutes",
            CreateActivityRequest {
                credit_minutes: 60_001,
                ..good.clone()
            },
        ),
        (
            "title",
            CreateActivityRequest {
                title: long.clone(),
                ..good.clone()
            },
        ),
        (
            "place",
            CreateActivityRequest {
                place: "长".repeat(201),
                ..good.clone()
            },
        ),
        (
            "description",
            CreateActivityRequest {
                description: "长".repeat(5_001),
                ..good.clone()
            },
        ),
        (
            "request_id",
            CreateActivityRequest {
                request_id: long,
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
    let largest = CreateActivityRequest {
        title: "长".repeat(100),
        place: "长".repeat(200),
        description: "长".repeat(5_000),
        request_id: "长".repeat(64),
        capacity: 1_000_000,
        credit_minutes: 60_000,
        ends_at: Some(kit::wire::timestamp(
            NOW + time::Duration::minutes(24 * 60 + 60_000),
        )),
        ..good
    };
    ok(world
        .activities()
        .create_activity(as_(&world.staff, largest))
        .await);
    let request = CheckInRequest {
        activity_id: Uuid::now_v7().to_string(),
        ticket: "x".repeat(2_001),
        request_id: String::new(),
    };
    let request = as_(&world.staff, request);
    assert_eq!(
        world
            .check_ins()
            .check_in(request)
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
}
