//! Many applications decided in one call.

use std::collections::HashSet;

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, MembershipActivated, application::State,
    batch_decide_applications_request::Decision,
    batch_decide_applications_response::Result as Line,
};
use tonic::{Code, Status};

use crate::world::{Actor, World, reason, refusal};

pub async fn decide(
    world: &World,
    staff: &Actor,
    ids: Vec<String>,
    decision: Decision,
) -> Result<Vec<Line>, Status> {
    let reason = if matches!(decision, Decision::Return | Decision::Reject) {
        "材料不全"
    } else {
        ""
    };
    let request = wire::BatchDecideApplicationsRequest {
        organisation_id: world.society.to_string(),
        application_ids: ids,
        decision: decision.into(),
        reason: reason.into(),
        request_id: String::new(),
    };
    let answer = world
        .applications()
        .batch_decide_applications(world.by(staff, request))
        .await;
    answer.map(|answer| answer.into_inner().results)
}

async fn people(world: &World, count: usize, stage: State) -> Vec<(Actor, String)> {
    let one = async |nth: usize| {
        let person = world.person(&format!("申请人{nth}"));
        let application = match stage {
            State::InFirstReview => world.submitted(&person).await,
            _ => world.in_final_review(&person).await,
        };
        (person, application.application_id)
    };
    join_all((0..count).map(one)).await
}

#[tokio::test]
async fn each_application_of_a_batch_stands_or_falls_alone() {
    let world = World::new().await;
    let ready = world
        .in_final_review(&world.person("甲"))
        .await
        .application_id;
    let early = world.submitted(&world.person("乙")).await.application_id;
    let own_pass = world.submitted(&world.person("丙")).await.application_id;
    world.pass(&world.approver, &own_pass).await.unwrap();
    let draft = world.draft(&world.person("丁")).await.application_id;
    let elsewhere = world
        .create(&world.person("戊"), world.other_society)
        .await
        .unwrap()
        .application_id;
    let unknown = uuid::Uuid::now_v7().to_string();
    let ids = vec![early, own_pass, ready.clone(), draft, elsewhere, unknown];

    let lines = decide(&world, &world.approver, ids.clone(), Decision::Approve)
        .await
        .unwrap();
    assert_eq!(
        lines
            .iter()
            .map(|l| l.application_id.clone())
            .collect::<Vec<_>>(),
        ids
    );
    let told: Vec<(State, &str)> = lines
        .iter()
        .map(|l| (l.state(), l.refused_because.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (State::InFirstReview, "APPLICATION_STATE"),
            (State::InFinalReview, "FOUR_EYES"),
            (State::Approved, ""),
            (State::Unspecified, "NOT_FOUND"),
            (State::Unspecified, "NOT_FOUND"),
            (State::Unspecified, "NOT_FOUND"),
        ]
    );
    let activated = world.events::<MembershipActivated>().await;
    assert_eq!(
        (activated.len(), activated[0].application_id.as_str()),
        (1, ready.as_str())
    );
    world.check().await;
}

#[tokio::test]
async fn a_batch_goes_through_both_reviews_and_can_be_returned_and_rejected() {
    let world = World::new().await;
    let people = people(&world, 6, State::InFirstReview).await;
    let ids: Vec<String> = people.iter().map(|(_, id)| id.clone()).collect();
    let states = |lines: Vec<Line>| lines.iter().map(|l| l.state()).collect::<HashSet<State>>();
    let lines = decide(
        &world,
        &world.reviewer,
        ids.clone(),
        Decision::PassFirstReview,
    )
    .await
    .unwrap();
    assert_eq!(states(lines), HashSet::from([State::InFinalReview]));
    assert_eq!(
        reason(decide(&world, &world.reviewer, ids.clone(), Decision::Approve).await),
        "PERMISSION_DENIED"
    );
    let lines = decide(&world, &world.approver, ids[..2].to_vec(), Decision::Return)
        .await
        .unwrap();
    assert_eq!(states(lines), HashSet::from([State::Returned]));
    let lines = decide(
        &world,
        &world.approver,
        ids[2..4].to_vec(),
        Decision::Reject,
    )
    .await
    .unwrap();
    assert_eq!(states(lines), HashSet::from([State::Rejected]));
    let lines = decide(
        &world,
        &world.approver,
        ids[4..].to_vec(),
        Decision::Approve,
    )
    .await
    .unwrap();
    assert_eq!(states(lines), HashSet::from([State::Approved]));
    let returned = world.application(&people[0].0, &ids[0]).await.unwrap();
    assert_eq!(returned.decision_reason, "材料不全");
    world.check().await;
}

#[tokio::test]
async fn a_batch_without_a_reason_to_return_or_with_one_to_approve_is_refused() {
    let world = World::new().await;
    let id = world.submitted(&world.person("甲")).await.application_id;
    for (decision, text) in [
        (Decision::Return, ""),
        (Decision::Reject, "短"),
        (Decision::Approve, "理由"),
        (Decision::PassFirstReview, "理由"),
    ] {
        let request = wire::BatchDecideApplicationsRequest {
            organisation_id: world.society.to_string(),
            application_ids: vec![id.clone()],
            decision: decision.into(),
            reason: text.into(),
            request_id: String::new(),
        };
        let refused = refusal(
            world
                .applications()
                .batch_decide_applications(world.by(&world.approver, request))
                .await,
        );
        assert_eq!(
            (refused.reason.as_str(), &*refused.fields),
            ("INVALID_ARGUMENT", &["reason".to_owned()][..])
        );
    }
    let twice = decide(
        &world,
        &world.approver,
        vec![id.clone(), id],
        Decision::Approve,
    )
    .await;
    assert_eq!(refusal(twice).code, Code::InvalidArgument);
    world.check().await;
}

#[tokio::test]
async fn batches_that_overlap_in_another_order_neither_deadlock_nor_decide_twice() {
    let world = World::new().await;
    let people = people(&world, 24, State::InFinalReview).await;
    let ids: Vec<String> = people.into_iter().map(|(_, id)| id).collect();
    let mut orders = vec![ids.clone()];
    orders.push(ids.iter().rev().cloned().collect());
    orders.push(
        ids.iter()
            .skip(12)
            .chain(ids.iter().take(12))
            .cloned()
            .collect(),
    );
    let singles = join_all(ids.iter().map(|id| world.approve(&world.approver, id)));
    let batches = join_all(
        orders
            .into_iter()
            .map(|ids| decide(&world, &world.approver, ids, Decision::Approve)),
    );
    let (singles, batches) = tokio::join!(singles, batches);
    let mut approved = singles.iter().filter(|answer| answer.is_ok()).count();
    for answer in singles.into_iter().filter(Result::is_err) {
        assert_eq!(reason(answer), "APPLICATION_STATE");
    }
    for lines in batches {
        for line in lines.unwrap() {
            assert_eq!(line.state(), State::Approved);
            approved += usize::from(line.refused_because.is_empty());
        }
    }
    assert_eq!(approved, 24);
    assert_eq!(world.events::<MembershipActivated>().await.len(), 24);
    world.check().await;
}

#[tokio::test]
async fn a_full_batch_is_decided_together() {
    let world = World::new().await;
    let people = people(&world, 200, State::InFinalReview).await;
    let ids: Vec<String> = people.into_iter().map(|(_, id)| id).collect();
    let lines = decide(&world, &world.approver, ids.clone(), Decision::Approve)
        .await
        .unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line.state() == State::Approved && line.refused_because.is_empty())
    );
    // Numbers are given in the order of the request.
    let numbered: Vec<String> = world
        .events::<MembershipActivated>()
        .await
        .into_iter()
        .map(|event| event.application_id)
        .collect();
    assert_eq!(numbered, ids);
    world.check().await;
}
