//! Whether a person is a member: looked up by number, by staff and by systems.

use proto_membership::v1::{
    self as wire, MembershipQuery, MembershipVerification, membership::State,
};
use tonic::{Code, Status};

use crate::world::{Actor, World, reason, refusal};

fn by_member(number: &str) -> MembershipQuery {
    MembershipQuery {
        member_number: number.into(),
        person_number: String::new(),
    }
}

fn by_person(number: &str) -> MembershipQuery {
    MembershipQuery {
        member_number: String::new(),
        person_number: number.into(),
    }
}

async fn one(
    world: &World,
    actor: &Actor,
    query: MembershipQuery,
) -> Result<MembershipVerification, Status> {
    let request = wire::VerifyMembershipRequest {
        organisation_id: world.society.to_string(),
        query: Some(query),
    };
    world
        .verification()
        .verify_membership(world.by(actor, request))
        .await
        .map(tonic::Response::into_inner)
}

async fn many(
    world: &World,
    actor: &Actor,
    queries: Vec<MembershipQuery>,
) -> Result<Vec<MembershipVerification>, Status> {
    let request = wire::BatchVerifyMembershipsRequest {
        organisation_id: world.society.to_string(),
        queries,
    };
    let answer = world
        .verification()
        .batch_verify_memberships(world.by(actor, request))
        .await?;
    Ok(answer.into_inner().verifications)
}

#[tokio::test]
async fn the_societys_system_learns_the_state_at_once() {
    let world = World::new().await;
    let system = world.system(world.society, "members.verify");
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    for query in [
        by_member(&member.member_number),
        by_member("b20 0000001-m"),
        by_person(&wang.number),
    ] {
        let answer = one(&world, &system, query.clone()).await.unwrap();
        assert_eq!(answer.query, Some(query));
        assert_eq!((answer.in_force, answer.state()), (true, State::Active));
        assert_eq!(answer.member_number, member.member_number);
        assert_eq!(answer.person_number, wang.number);
        assert_eq!(answer.joined_on, "2026-05-01");
    }
    world
        .suspend(&world.desk, &member.membership_id)
        .await
        .unwrap();
    let answer = one(&world, &system, by_person(&wang.number)).await.unwrap();
    assert_eq!((answer.in_force, answer.state()), (false, State::Suspended));
    world
        .reinstate(&world.desk, &member.membership_id)
        .await
        .unwrap();
    assert!(
        one(&world, &system, by_person(&wang.number))
            .await
            .unwrap()
            .in_force
    );
    world.resign(&wang, &member.membership_id).await.unwrap();
    let answer = one(&world, &system, by_member(&member.member_number))
        .await
        .unwrap();
    assert_eq!((answer.in_force, answer.state()), (false, State::Resigned));
    world.check().await;
}

#[tokio::test]
async fn who_came_back_is_answered_for_with_the_membership_in_force() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let first = world.member(&wang).await;
    world.resign(&wang, &first.membership_id).await.unwrap();
    let second = world.member(&wang).await;
    let answer = one(&world, &world.desk, by_person(&wang.number))
        .await
        .unwrap();
    assert_eq!(
        (answer.in_force, answer.member_number.as_str()),
        (true, second.member_number.as_str())
    );
    world.check().await;
}

#[tokio::test]
async fn a_thousand_are_answered_in_order_with_one_audit_record() {
    let world = World::new().await;
    let mut numbers = Vec::new();
    for nth in 0..10 {
        numbers.push(
            world
                .member(&world.person(&format!("会员{nth}")))
                .await
                .member_number,
        );
    }
    let queries: Vec<MembershipQuery> = (0..1_000)
        .map(|nth| match nth % 3 {
            0 => by_member(&numbers[nth % 10]),
            1 => by_member(&format!("B20{:07}M", 5_000 + nth)),
            _ => by_person("0000000000000000"),
        })
        .collect();
    let answers = many(&world, &world.desk, queries.clone()).await.unwrap();
    assert_eq!(answers.len(), 1_000);
    for (nth, (query, answer)) in queries.into_iter().zip(answers).enumerate() {
        assert_eq!(answer.query, Some(query));
        assert_eq!(answer.in_force, nth % 3 == 0);
        assert_eq!(answer.state() == State::Unspecified, nth % 3 != 0);
    }
    assert_eq!(world.audited("BatchVerifyMemberships").await, 1);
    world.check().await;
}

#[tokio::test]
async fn a_question_with_both_numbers_or_none_is_named() {
    let world = World::new().await;
    let both = MembershipQuery {
        member_number: "B200000001M".into(),
        person_number: "1".into(),
    };
    let none = MembershipQuery::default();
    for query in [both.clone(), none.clone()] {
        let refused = refusal(one(&world, &world.desk, query).await);
        assert_eq!(
            (refused.code, &*refused.fields),
            (Code::InvalidArgument, &["query".to_owned()][..])
        );
    }
    let refused = refusal(
        many(
            &world,
            &world.desk,
            vec![by_member("x"), both, by_member("y"), none],
        )
        .await,
    );
    assert_eq!(refused.fields, ["queries[1]", "queries[3]"]);
    let too_many = vec![by_member("B200000001M"); 1_001];
    assert_eq!(
        refusal(many(&world, &world.desk, too_many).await).code,
        Code::InvalidArgument
    );
    assert_eq!(
        refusal(many(&world, &world.desk, vec![]).await).code,
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn a_system_without_the_scope_or_of_another_society_learns_nothing() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    let query = by_member(&member.member_number);
    let read_only = world.system(world.society, "members.read");
    let other = world.system(world.other_society, "members.verify");
    let unknown_number = by_member("B209999999M");
    for actor in [&read_only, &other, &world.stranger, &world.reviewer] {
        let known = refusal(one(&world, actor, query.clone()).await);
        let unknown = refusal(one(&world, actor, unknown_number.clone()).await);
        assert_eq!(
            (known.code, known.reason.as_str()),
            (Code::PermissionDenied, "PERMISSION_DENIED")
        );
        assert_eq!(
            (known.code, known.reason, known.metadata),
            (unknown.code, unknown.reason, unknown.metadata)
        );
    }
    // In its own society it finds no member with that number.
    let request = wire::VerifyMembershipRequest {
        organisation_id: world.other_society.to_string(),
        query: Some(query),
    };
    let answer = world
        .verification()
        .verify_membership(world.by(&other, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.in_force, answer.state()),
        (false, State::Unspecified)
    );
    // Headquarters' system reaches what is below.
    let above = world.system(world.headquarters, "members.verify");
    assert!(
        one(&world, &above, by_member(&member.member_number))
            .await
            .unwrap()
            .in_force
    );
    let request = wire::VerifyMembershipRequest::default();
    let anonymous = world
        .verification()
        .verify_membership(tonic::Request::new(request))
        .await;
    assert_eq!(reason(anonymous), "UNAUTHENTICATED");
}
