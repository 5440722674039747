//! Who left while suspended and applies again.

use proto_membership::v1::{
    self as wire, EarlierMembership, MembershipMoved, SuspensionGround, membership::State,
};

use crate::world::{Actor, World};

async fn suspend(world: &World, membership_id: &str) {
    let request = wire::SuspendMembershipRequest {
        membership_id: membership_id.to_owned(),
        reason: "论文造假，调查中".into(),
        ground: SuspensionGround::Misconduct.into(),
        ..Default::default()
    };
    world
        .memberships()
        .suspend_membership(world.by(&world.desk, request))
        .await
        .unwrap();
}

async fn seen(world: &World, who: &Actor, application_id: &str) -> Vec<EarlierMembership> {
    world
        .application(who, application_id)
        .await
        .unwrap()
        .earlier_memberships
}

#[tokio::test]
async fn a_suspension_is_shown_where_the_next_application_is_decided_and_is_not_shed_by_leaving() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let first = world.member(&wang).await;
    suspend(&world, &first.membership_id).await;
    world.resign(&wang, &first.membership_id).await.unwrap();

    let again = world.in_final_review(&wang).await;
    let id = again.application_id.as_str();
    let earlier = seen(&world, &world.approver, id).await;
    assert_eq!(
        earlier,
        [EarlierMembership {
            membership_id: first.membership_id.clone(),
            member_number: first.member_number.clone(),
            state: State::Resigned.into(),
            ended_suspended: true,
            suspension_ground: SuspensionGround::Misconduct.into(),
            joined_on: "2026-05-01".into(),
            last_suspended_on: "2026-05-01".into(),
            ended_on: "2026-05-01".into(),
            suspension_reason: "论文造假，调查中".into(),
        }]
    );
    assert_eq!(seen(&world, &wang, id).await, [], "the applicant knows");
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    let from_above = seen(&world, &above, id).await;
    assert_eq!(
        (
            from_above[0].ended_suspended,
            from_above[0].suspension_reason.as_str()
        ),
        (true, "")
    );

    let approved = world.approve(&world.approver, id).await.unwrap();
    assert_eq!(approved.earlier_memberships, earlier);
    let second = world
        .membership(&world.desk, &approved.membership_id)
        .await
        .unwrap();
    assert_eq!(second.state(), State::Suspended);
    assert_ne!(second.member_number, first.member_number);
    let moved: Vec<(State, State)> = world
        .events::<MembershipMoved>()
        .await
        .iter()
        .map(|e| (e.from_state(), e.to_state()))
        .collect();
    assert_eq!(
        moved[2..],
        [(State::Active, State::Suspended)],
        "the other services are told by an event"
    );
    world.check().await;

    // Left and came back once more: still suspended. Reinstated, left and came back: not any more.
    world.resign(&wang, &second.membership_id).await.unwrap();
    let third = world.approved(&wang).await;
    let third = world
        .membership(&world.desk, &third.membership_id)
        .await
        .unwrap();
    assert_eq!(third.state(), State::Suspended);
    let again = world.membership(&wang, &third.membership_id).await.unwrap();
    assert_eq!(again.state(), State::Suspended);
    world
        .reinstate(&world.desk, &third.membership_id)
        .await
        .unwrap();
    world.resign(&wang, &third.membership_id).await.unwrap();
    let fourth = world.approved(&wang).await;
    let fourth = world
        .membership(&world.desk, &fourth.membership_id)
        .await
        .unwrap();
    assert_eq!(fourth.state(), State::Active);
    world.check().await;
}

#[tokio::test]
async fn of_a_batch_only_those_are_suspended_who_were() {
    let world = World::new().await;
    let (wang, li) = (world.person("王芳"), world.person("李明"));
    for (person, suspended) in [(&wang, true), (&li, false)] {
        let member = world.member(person).await;
        if suspended {
            suspend(&world, &member.membership_id).await;
        }
        world.resign(person, &member.membership_id).await.unwrap();
    }
    let mut ids = Vec::new();
    for person in [&wang, &li, &world.person("赵敏")] {
        ids.push(world.in_final_review(person).await.application_id);
    }
    let request = wire::BatchDecideApplicationsRequest {
        organisation_id: world.society.to_string(),
        application_ids: ids.clone(),
        decision: wire::batch_decide_applications_request::Decision::Approve.into(),
        ..Default::default()
    };
    world
        .applications()
        .batch_decide_applications(world.by(&world.approver, request))
        .await
        .unwrap();
    let mut states = Vec::new();
    for id in &ids {
        let decided = world.application(&world.approver, id).await.unwrap();
        let membership = world
            .membership(&world.desk, &decided.membership_id)
            .await
            .unwrap();
        states.push(membership.state());
    }
    assert_eq!(states, [State::Suspended, State::Active, State::Active]);
    world.check().await;
}
