//! Staff never act on their own affairs: every method of the contract that says it acts on a person, called by that person.

use std::collections::BTreeSet;

use kit::access::{Policy, Subject};
use proto_membership::v1::{
    self as wire, batch_decide_applications_request::Decision,
    decide_application_step_request::Decision as Step, membership::State,
};

use crate::world::{World, reason};

/// The staff methods of membership, e.g. `Memberships/SuspendMembership`, with whom they act on.
pub fn staff_methods() -> Vec<(String, kit::access::Method)> {
    let services: Vec<String> = proto_membership::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .filter(|name| name.starts_with("cast.membership."))
        .collect();
    let policy = Policy::of(&proto_membership::POOL, services.iter().map(String::as_str)).unwrap();
    policy
        .methods()
        .filter(|method| matches!(method.rule, kit::access::Rule::Permission(_)))
        .map(|method| {
            let service = method.service.rsplit('.').next().unwrap();
            (format!("{service}/{}", method.name), method.clone())
        })
        .collect()
}

#[tokio::test]
async fn the_person_a_staff_method_acts_on_cannot_call_it() {
    let world = World::new().await;
    let me = world.person("李明");
    for role in ["society.approver", "society.member_desk"] {
        world.grant(&me, role, world.society).await;
    }
    let mut refused = Vec::new();
    let own = world.submitted(&me).await.application_id;
    refused.push((
        "Applications/PassFirstReview",
        reason(world.pass(&me, &own).await),
    ));
    refused.push((
        "Applications/ReturnApplication",
        reason(world.send_back(&me, &own).await),
    ));

    let passes = world.decide(&me, &own, 1, Step::Pass).await;
    refused.push(("Applications/DecideApplicationStep", reason(passes)));
    let stands_in = world
        .staff("organisation.administrator", world.society)
        .await;
    refused.push((
        "ApplicationRoutes/CreateApplicationDelegation",
        reason(world.delegate(&stands_in, &me, &stands_in).await),
    ));

    let other = world.submitted(&world.person("王芳")).await.application_id;
    let batch = wire::BatchDecideApplicationsRequest {
        organisation_id: world.society.to_string(),
        application_ids: vec![own.clone(), other.clone()],
        decision: Decision::PassFirstReview.into(),
        ..Default::default()
    };
    let results = world
        .applications()
        .batch_decide_applications(world.by(&me, batch))
        .await
        .unwrap()
        .into_inner()
        .results;
    assert_eq!(results[1].refused_because, "", "the others go through");
    refused.push((
        "Applications/BatchDecideApplications",
        results[0].refused_because.clone(),
    ));

    world.pass(&world.reviewer, &own).await.unwrap();
    refused.push((
        "Applications/ApproveApplication",
        reason(world.approve(&me, &own).await),
    ));
    refused.push((
        "Applications/RejectApplication",
        reason(world.reject(&me, &own).await),
    ));

    let membership = world.approve(&world.approver, &own).await.unwrap();
    let membership = membership.membership_id;
    refused.push((
        "Memberships/SuspendMembership",
        reason(world.suspend(&me, &membership).await),
    ));
    world.suspend(&world.desk, &membership).await.unwrap();
    refused.push((
        "Memberships/ReinstateMembership",
        reason(world.reinstate(&me, &membership).await),
    ));
    let stands = world.membership(&world.desk, &membership).await.unwrap();
    assert_eq!(stands.state(), State::Suspended);

    for (method, reason) in &refused {
        assert_eq!(reason, "OWN_AFFAIRS", "{method}");
    }
    let tried: BTreeSet<String> = refused.iter().map(|(m, _)| (*m).to_owned()).collect();
    let acting: BTreeSet<String> = staff_methods()
        .into_iter()
        .filter(|(_, method)| method.subject != Subject::Absent)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        tried, acting,
        "every staff method that acts on a person is tried here"
    );
    world.check().await;
}

#[tokio::test]
async fn a_batch_of_the_own_application_and_one_of_an_unknown_are_answered() {
    let world = World::new().await;
    let me = world.person("李明");
    world.grant(&me, "society.reviewer", world.society).await;
    let own = world.submitted(&me).await.application_id;
    for (id, because) in [
        (own, "OWN_AFFAIRS"),
        (uuid::Uuid::now_v7().to_string(), "NOT_FOUND"),
    ] {
        let batch = wire::BatchDecideApplicationsRequest {
            organisation_id: world.society.to_string(),
            application_ids: vec![id],
            decision: Decision::PassFirstReview.into(),
            ..Default::default()
        };
        let answer = world
            .applications()
            .batch_decide_applications(world.by(&me, batch))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(answer.results[0].refused_because, because);
    }
    world.check().await;
}

#[tokio::test]
async fn whose_a_record_is_is_not_told_to_those_who_may_not_see_it() {
    let world = World::new().await;
    let member = world.member(&world.stranger).await;
    assert_eq!(
        reason(world.suspend(&world.stranger, &member.membership_id).await),
        "NOT_FOUND",
        "the right comes first"
    );
    world.check().await;
}
