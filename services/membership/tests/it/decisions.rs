//! Reviews: two people, batches, and what happens when many decide at once.

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, Application, application::State, batch_decide_applications_request::Decision,
};
use tonic::{Code, Response, Status};

use crate::{
    batches::decide,
    world::{World, reason, refusal},
};

#[tokio::test]
async fn the_first_reviewer_does_not_approve() {
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
async fn a_reviewer_lacks_the_permission_to_decide_and_an_applicant_may_not_review() {
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
        "OWN_AFFAIRS"
    );
    world
        .pass(&world.reviewer, &own.application_id)
        .await
        .unwrap();
    assert_eq!(
        reason(world.approve(&member_of_staff, &own.application_id).await),
        "OWN_AFFAIRS"
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
                answers: Vec::new(),
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
        ..Default::default()
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
