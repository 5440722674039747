//! Reviews: two people, batches, and what happens when many decide at once.

use std::collections::HashSet;

use futures::future::join_all;
use proto::cast::membership::v1::{
    self as wire, Application, MembershipActivated, application::State,
    batch_decide_applications_request::Decision,
    batch_decide_applications_response::Result as Line,
};
use tonic::{Code, Response, Status};

use crate::world::{Actor, World, reason, refusal};

async fn decide(
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
async fn whoever_passed_the_first_review_does_not_approve() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.submitted(&wang).await;
    let id = application.application_id.as_str();
    // An approver may do either step, but not both.
    world.pass(&world.approver, id).await.unwrap();
    let refused = refusal(world.approve(&world.approver, id).await);
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::PermissionDenied, "FOUR_EYES")
    );
    let batch = decide(&world, &world.approver, vec![id.into()], Decision::Approve)
        .await
        .unwrap();
    assert_eq!(
        (batch[0].refused_because.as_str(), batch[0].state()),
        ("FOUR_EYES", State::InFinalReview)
    );
    let second = world.staff("society.approver", world.society).await;
    world.approve(&second, id).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn a_first_reviewer_lacks_the_permission_to_decide_and_nobody_reviews_the_own_application() {
    let world = World::new().await;
    let application = world.in_final_review(&world.person("王芳")).await;
    let id = application.application_id.as_str();
    assert_eq!(
        reason(world.approve(&world.reviewer, id).await),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        reason(world.reject(&world.reviewer, id).await),
        "PERMISSION_DENIED"
    );

    let member_of_staff = world.person("李明");
    world
        .grant(&member_of_staff, "society.approver", world.society)
        .await;
    let own = world.submitted(&member_of_staff).await;
    assert_eq!(
        reason(world.pass(&member_of_staff, &own.application_id).await),
        "OWN_APPLICATION"
    );
    world
        .pass(&world.reviewer, &own.application_id)
        .await
        .unwrap();
    assert_eq!(
        reason(world.approve(&member_of_staff, &own.application_id).await),
        "OWN_APPLICATION"
    );
    world.check().await;
}

#[tokio::test]
async fn the_desk_shows_the_longest_waiting_first_and_how_many_wait() {
    let world = World::new().await;
    let mut waiting = Vec::new();
    for nth in 0..5 {
        let start = crate::world::NOW + time::Duration::minutes(nth);
        world.clock.set(start);
        waiting.push(
            world
                .submitted(&world.person("申请人"))
                .await
                .application_id,
        );
    }
    world.pass(&world.reviewer, &waiting[1]).await.unwrap();
    world.pass(&world.reviewer, &waiting[3]).await.unwrap();
    world.send_back(&world.reviewer, &waiting[4]).await.unwrap();
    world.draft(&world.person("草稿")).await;

    let list = async |states: Vec<i32>| {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = wire::ListApplicationsRequest {
                organisation_id: world.society.to_string(),
                states: states.clone(),
                page_size: 2,
                page_token,
            };
            let page = world
                .applications()
                .list_applications(world.by(&world.reviewer, request))
                .await;
            let page = page.unwrap().into_inner();
            assert_eq!((page.in_first_review, page.in_final_review), (2, 2));
            seen.extend(page.applications.into_iter().map(|a| a.application_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return seen;
            }
        }
    };
    assert_eq!(list(vec![]).await, waiting[..4]);
    assert_eq!(
        list(vec![State::InFinalReview.into()]).await,
        [waiting[1].clone(), waiting[3].clone()]
    );
    assert_eq!(
        list(vec![State::Returned.into()]).await,
        [waiting[4].clone()]
    );
    assert_eq!(list((2..=7).collect()).await, waiting);
    // A page each of: two of the default list, one, one, three of the last.
    assert_eq!(world.audited("ListApplications").await, 7);
    world.check().await;
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
async fn of_many_who_decide_the_same_application_at_once_one_wins_and_the_others_learn_where_it_stands()
 {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.in_final_review(&wang).await;
    let id = application.application_id.as_str();
    let approvals = join_all((0..8).map(|_| world.approve(&world.approver, id)));
    let rejections = join_all((0..8).map(|_| world.reject(&world.approver, id)));
    let withdrawals = join_all((0..4).map(|_| world.withdraw(&wang, id)));
    let (approvals, rejections, withdrawals) = tokio::join!(approvals, rejections, withdrawals);
    let answers: Vec<Result<Application, Status>> = approvals
        .into_iter()
        .chain(rejections)
        .chain(withdrawals)
        .collect();
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    let state = won[0].as_ref().unwrap().state();
    for answer in lost {
        let refused = refusal(answer);
        assert_eq!(refused.reason, "APPLICATION_STATE");
        assert_eq!(refused.metadata["from"], state.as_str_name());
    }
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

#[tokio::test]
async fn an_outdated_etag_is_refused_and_nothing_changes() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let submitted = world.submitted(&wang).await;
    let id = submitted.application_id.clone();
    world.send_back(&world.reviewer, &id).await.unwrap();
    let again = world.submit(&wang, &id).await.unwrap();
    for stale in [submitted.etag.as_str(), "v0", "nonsense"] {
        let request = wire::PassFirstReviewRequest {
            application_id: id.clone(),
            etag: stale.into(),
            request_id: String::new(),
        };
        let answer = world
            .applications()
            .pass_first_review(world.by(&world.reviewer, request))
            .await;
        assert_eq!(reason(answer.map(Response::into_inner)), "ETAG_MISMATCH");
    }
    let request = wire::PassFirstReviewRequest {
        application_id: id.clone(),
        etag: again.etag,
        request_id: String::new(),
    };
    world
        .applications()
        .pass_first_review(world.by(&world.reviewer, request))
        .await
        .unwrap();

    let li = world.person("李明");
    let draft = world.draft(&li).await;
    let update = |etag: &str| wire::UpdateApplicationRequest {
        application_id: draft.application_id.clone(),
        category: draft.category,
        form: draft.form.clone(),
        etag: etag.into(),
        request_id: String::new(),
    };
    let first = world
        .applications()
        .update_application(world.by(&li, update(&draft.etag)))
        .await
        .unwrap();
    let second = world
        .applications()
        .update_application(world.by(&li, update(&draft.etag)))
        .await;
    assert_eq!(reason(second), "ETAG_MISMATCH");
    assert_ne!(first.into_inner().etag, draft.etag);
    world.check().await;
}
