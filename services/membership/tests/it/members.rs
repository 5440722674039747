//! Memberships: suspended, reinstated, resigned, listed.

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, Membership, MembershipCategory, MembershipMoved, membership::State,
};
use tonic::Status;

use crate::{
    journey::create_request,
    world::{Actor, World, reason, refusal},
};

async fn list(
    world: &World,
    actor: &Actor,
    request: wire::ListMembershipsRequest,
) -> Result<Vec<Membership>, Status> {
    let request = wire::ListMembershipsRequest {
        organisation_id: world.society.to_string(),
        ..request
    };
    let answer = world
        .memberships()
        .list_memberships(world.by(actor, request))
        .await?;
    Ok(answer.into_inner().memberships)
}

/// What a client sends that has not heard of the search.
#[allow(deprecated)]
fn with_query(world: &World, query: &str) -> wire::ListMembershipsRequest {
    wire::ListMembershipsRequest {
        organisation_id: world.society.to_string(),
        query: query.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_member_is_suspended_reinstated_and_leaves_and_the_others_hear_of_it() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let id = member.membership_id.as_str();
    let suspended = world.suspend(&world.desk, id).await.unwrap();
    assert_eq!(
        (suspended.state(), suspended.member_name.as_str()),
        (State::Suspended, "王芳")
    );
    assert_eq!(
        world.reinstate(&world.desk, id).await.unwrap().state(),
        State::Active
    );
    assert_eq!(
        world.resign(&wang, id).await.unwrap().state(),
        State::Resigned
    );
    let moved: Vec<(State, State)> = world
        .events::<MembershipMoved>()
        .await
        .iter()
        .map(|e| (e.from_state(), e.to_state()))
        .collect();
    assert_eq!(
        moved,
        [
            (State::Active, State::Suspended),
            (State::Suspended, State::Active),
            (State::Active, State::Resigned)
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn a_stale_etag_does_not_suspend() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    world
        .suspend(&world.desk, &member.membership_id)
        .await
        .unwrap();
    world
        .reinstate(&world.desk, &member.membership_id)
        .await
        .unwrap();
    let request = wire::SuspendMembershipRequest {
        membership_id: member.membership_id.clone(),
        reason: "调查".into(),
        etag: member.etag,
        request_id: String::new(),
        ground: 0,
    };
    assert_eq!(
        reason(
            world
                .memberships()
                .suspend_membership(world.by(&world.desk, request))
                .await
        ),
        "ETAG_MISMATCH"
    );
    world.check().await;
}

#[tokio::test]
async fn of_many_who_suspend_at_once_one_does() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let answers =
        join_all((0..12).map(|_| world.suspend(&world.desk, &member.membership_id))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.events::<MembershipMoved>().await.len(), 1);
    world.check().await;
}

#[tokio::test]
async fn only_the_member_resigns() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    for other in [&world.desk, &world.person("李明")] {
        assert_eq!(
            reason(world.resign(other, &member.membership_id).await),
            "NOT_FOUND"
        );
    }
    world.check().await;
}

#[tokio::test]
async fn the_members_are_listed_by_number_and_found_by_number_person_and_exact_name() {
    let world = World::new().await;
    let people: Vec<Actor> = ["王芳", "李明", "王芳", "欧阳修", "赵 敏"]
        .map(|name| world.person(name))
        .into();
    for (nth, person) in people.iter().enumerate() {
        let mut request = create_request(world.society);
        if nth == 3 {
            request.category = MembershipCategory::Student.into();
        }
        let draft = world
            .applications()
            .create_application(world.by(person, request))
            .await
            .unwrap()
            .into_inner();
        world.submit(person, &draft.application_id).await.unwrap();
        world
            .pass(&world.reviewer, &draft.application_id)
            .await
            .unwrap();
        world
            .approve(&world.approver, &draft.application_id)
            .await
            .unwrap();
    }
    let all = list(&world, &world.desk, Default::default()).await.unwrap();
    let numbers: Vec<&str> = all.iter().map(|m| m.member_number.as_str()).collect();
    assert_eq!(
        numbers,
        [
            "B200000001M",
            "B200000002M",
            "B200000003M",
            "B200000004M",
            "B200000005M"
        ]
    );
    world
        .suspend(&world.desk, &all[1].membership_id)
        .await
        .unwrap();

    let found = async |request: wire::ListMembershipsRequest| -> Vec<usize> {
        let members = list(&world, &world.desk, request).await.unwrap();
        members
            .iter()
            .map(|m| {
                all.iter()
                    .position(|a| a.membership_id == m.membership_id)
                    .unwrap()
                    + 1
            })
            .collect()
    };
    let searched = async |text: &str| -> Vec<usize> {
        let request = wire::SearchMembershipsRequest {
            organisation_id: world.society.to_string(),
            query: text.into(),
            ..Default::default()
        };
        let answer = world
            .memberships()
            .search_memberships(world.by(&world.desk, request))
            .await
            .unwrap();
        let members = answer.into_inner().memberships;
        let place = |m: &Membership| {
            all.iter()
                .position(|a| a.membership_id == m.membership_id)
                .unwrap()
                + 1
        };
        members.iter().map(place).collect()
    };
    assert_eq!(searched("王芳").await, [1, 3]);
    assert_eq!(searched(" 欧阳修 ").await, [4]);
    assert_eq!(searched("赵敏").await, [5]);
    assert_eq!(
        searched("欧阳").await,
        [] as [usize; 0],
        "names are found whole or not at all"
    );
    assert_eq!(searched("b20-0000002m").await, [2]);
    assert_eq!(searched(&people[3].number).await, [4]);
    let in_the_address = world
        .memberships()
        .list_memberships(world.by(&world.desk, with_query(&world, "王芳")))
        .await;
    let refused = refusal(in_the_address);
    assert_eq!(
        (refused.reason.as_str(), refused.fields.as_slice()),
        ("INVALID_ARGUMENT", &["query".to_owned()][..]),
        "answered, not dropped"
    );
    assert_eq!(
        found(wire::ListMembershipsRequest {
            state: State::Suspended.into(),
            ..Default::default()
        })
        .await,
        [2]
    );
    let students = wire::ListMembershipsRequest {
        category: MembershipCategory::Student.into(),
        ..Default::default()
    };
    assert_eq!(found(students).await, [4]);
    let suspended_students = wire::ListMembershipsRequest {
        category: MembershipCategory::Student.into(),
        state: State::Suspended.into(),
        ..Default::default()
    };
    assert_eq!(found(suspended_students).await, [] as [usize; 0]);
    world.check().await;
}

#[tokio::test]
async fn the_list_of_members_comes_page_by_page_without_gap_or_repetition() {
    let world = World::new().await;
    for nth in 0..7 {
        world.member(&world.person(&format!("会员{nth}"))).await;
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = wire::ListMembershipsRequest {
            organisation_id: world.society.to_string(),
            page_size: 3,
            page_token: page_token.clone(),
            ..Default::default()
        };
        let page = world
            .memberships()
            .list_memberships(world.by(&world.desk, request))
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.memberships.into_iter().map(|m| m.member_number));
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    let expected: Vec<String> = (1..=7).map(|n| format!("B20{n:07}M")).collect();
    assert_eq!(seen, expected);
    let request = wire::ListMembershipsRequest {
        organisation_id: world.society.to_string(),
        state: State::Active.into(),
        page_token,
        ..Default::default()
    };
    let foreign = world
        .memberships()
        .list_memberships(world.by(&world.desk, request))
        .await;
    assert_eq!(reason(foreign), "PAGE_TOKEN_INVALID");
}

#[tokio::test]
async fn a_persons_memberships_in_several_societies_are_listed_newest_first() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let first = world.member(&wang).await;
    let approver = world.staff("society.approver", world.other_society).await;
    let draft = world.create(&wang, world.other_society).await.unwrap();
    world.submit(&wang, &draft.application_id).await.unwrap();
    world
        .pass(&world.stranger, &draft.application_id)
        .await
        .unwrap();
    let second = world
        .approve(&approver, &draft.application_id)
        .await
        .unwrap();
    let request = wire::ListMyMembershipsRequest::default();
    let mine = world
        .memberships()
        .list_my_memberships(world.by(&wang, request))
        .await
        .unwrap()
        .into_inner();
    let ids: Vec<&str> = mine
        .memberships
        .iter()
        .map(|m| m.membership_id.as_str())
        .collect();
    assert_eq!(
        ids,
        [second.membership_id.as_str(), first.membership_id.as_str()]
    );
    assert_eq!(mine.memberships[0].member_number, "A020000001M");
    world.check().await;
}
