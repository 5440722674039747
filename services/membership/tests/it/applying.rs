//! From the draft to the membership, as the applicant sees it.

use proto_membership::v1::{
    self as wire, Application, ApplicationMoved, MembershipActivated, MembershipCategory,
    application::State, membership,
};
use tonic::Code;

use crate::{
    journey::form,
    world::{Actor, World, reason, refusal},
};

#[tokio::test]
async fn a_scientist_applies_two_people_review_and_the_member_has_a_number_and_a_card() {
    let world = World::new().await;
    let wang = world.person("王芳");

    let draft = world.draft(&wang).await;
    assert_eq!(
        (draft.state(), draft.organisation_name.as_str()),
        (State::Draft, "中国计算机学会")
    );
    assert_eq!(
        (draft.person_number.as_str(), draft.applicant_name.as_str()),
        (wang.number.as_str(), "")
    );
    assert_eq!((draft.submitted_at, draft.decided_at), (None, None));

    let submitted = world.submit(&wang, &draft.application_id).await.unwrap();
    assert_eq!(
        (submitted.state(), submitted.applicant_name.as_str()),
        (State::InFirstReview, "王芳")
    );
    assert!(submitted.submitted_at.is_some());
    assert_ne!(submitted.etag, draft.etag);

    let passed = world
        .pass(&world.reviewer, &draft.application_id)
        .await
        .unwrap();
    assert_eq!(
        (passed.state(), passed.applicant_name.as_str()),
        (State::InFinalReview, "王芳")
    );
    assert_eq!(passed.form, Some(form()));

    let approved = world
        .approve(&world.approver, &draft.application_id)
        .await
        .unwrap();
    assert_eq!(approved.state(), State::Approved);
    assert!(approved.decided_at.is_some());

    let membership = world
        .membership(&wang, &approved.membership_id)
        .await
        .unwrap();
    assert_eq!(membership.member_number, "B200000001M");
    assert_eq!(membership.state(), membership::State::Active);
    assert_eq!(
        (membership.member_name.as_str(), membership.category()),
        ("王芳", MembershipCategory::Ordinary)
    );
    // It is still April in UTC.
    assert_eq!(membership.joined_on, "2026-05-01");

    let seen = world
        .application(&wang, &draft.application_id)
        .await
        .unwrap();
    assert_eq!(
        seen,
        Application {
            applicant_name: "王芳".into(),
            ..approved.clone()
        }
    );

    let activated = world.events::<MembershipActivated>().await;
    assert_eq!(activated.len(), 1);
    assert_eq!(activated[0].member_number, "B200000001M");
    assert_eq!(
        (
            activated[0].person_id.as_str(),
            activated[0].division_code.as_str()
        ),
        (&*wang.id.to_string(), "110108")
    );
    let moved: Vec<(State, State, bool)> = world
        .events::<ApplicationMoved>()
        .await
        .iter()
        .map(|e| (e.from_state(), e.to_state(), e.first_time))
        .collect();
    assert_eq!(
        moved,
        [
            (State::Draft, State::InFirstReview, true),
            (State::InFirstReview, State::InFinalReview, true),
            (State::InFinalReview, State::Approved, true),
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn a_returned_application_is_corrected_and_goes_through_both_reviews_again() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.in_final_review(&wang).await;
    let id = application.application_id.as_str();

    let returned = world.send_back(&world.approver, id).await.unwrap();
    assert_eq!(
        (returned.state(), returned.decision_reason.as_str()),
        (State::Returned, "请补充工作单位全称")
    );
    let seen = world.application(&wang, id).await.unwrap();
    assert_eq!(seen.decision_reason, "请补充工作单位全称");

    let request = wire::UpdateApplicationRequest {
        application_id: id.into(),
        category: MembershipCategory::Senior.into(),
        form: Some(wire::ApplicationForm {
            employer: "清华大学".into(),
            ..form()
        }),
        etag: seen.etag,
        ..Default::default()
    };
    let updated = world
        .applications()
        .update_application(world.by(&wang, request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (updated.state(), updated.category()),
        (State::Returned, MembershipCategory::Senior)
    );

    let again = world.submit(&wang, id).await.unwrap();
    assert_eq!(
        (again.state(), again.decision_reason.as_str()),
        (State::InFirstReview, "")
    );
    // Not straight to the final review, and the reviewer who passed it before may pass it again.
    assert_eq!(
        reason(world.approve(&world.approver, id).await),
        "APPLICATION_STATE"
    );
    world.pass(&world.reviewer, id).await.unwrap();
    let approved = world.approve(&world.approver, id).await.unwrap();
    let membership = world
        .membership(&wang, &approved.membership_id)
        .await
        .unwrap();
    assert_eq!(
        (membership.member_number.as_str(), membership.category()),
        ("B200000001H", MembershipCategory::Senior)
    );

    let first_time: Vec<bool> = world
        .events::<ApplicationMoved>()
        .await
        .iter()
        .map(|e| e.first_time)
        .collect();
    assert_eq!(first_time, [true, true, true, false, false, true]);
    world.check().await;
}

#[tokio::test]
async fn the_history_tells_applicant_and_staff_what_happened_and_only_staff_who_it_was() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.submitted(&wang).await;
    let id = application.application_id.clone();
    world.send_back(&world.reviewer, &id).await.unwrap();

    let history = async |actor: &Actor| {
        let request = wire::ListApplicationHistoryRequest {
            application_id: id.clone(),
        };
        world
            .applications()
            .list_application_history(world.by(actor, request))
            .await
            .unwrap()
            .into_inner()
            .steps
    };
    let own = history(&wang).await;
    let states: Vec<(State, State)> = own.iter().map(|s| (s.from_state(), s.to_state())).collect();
    assert_eq!(
        states,
        [
            (State::Unspecified, State::Draft),
            (State::Draft, State::InFirstReview),
            (State::InFirstReview, State::Returned)
        ]
    );
    let actors: Vec<(&str, &str)> = own
        .iter()
        .map(|s| (s.actor.as_str(), s.actor_number.as_str()))
        .collect();
    assert_eq!(
        actors,
        [("applicant", ""), ("applicant", ""), ("staff", "")]
    );
    assert_eq!(own[2].reason, "请补充工作单位全称");
    let staffs = history(&world.approver).await;
    assert_eq!(staffs[2].actor_number, world.reviewer.number);
    assert_eq!(world.audited("ListApplicationHistory").await, 1);
    world.check().await;
}

#[tokio::test]
async fn one_open_application_a_person_and_organisation_also_with_sixteen_callers_at_once() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let answers =
        futures::future::join_all((0..16).map(|_| world.create(&wang, world.society))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 15));
    let open = won.into_iter().next().unwrap().unwrap();
    for answer in lost {
        let refused = refusal(answer);
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::AlreadyExists, "APPLICATION_OPEN")
        );
        assert_eq!(refused.metadata["application_id"], open.application_id);
    }
    // Elsewhere is another matter, and so is afterwards.
    world.create(&wang, world.other_society).await.unwrap();
    world.withdraw(&wang, &open.application_id).await.unwrap();
    world.create(&wang, world.society).await.unwrap();
    world.check().await;
}

#[tokio::test]
async fn members_do_not_apply_again_until_they_have_left() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let first = world.member(&wang).await;
    assert_eq!(
        reason(world.create(&wang, world.society).await),
        "ALREADY_MEMBER"
    );
    world
        .suspend(&world.approver, &first.membership_id)
        .await
        .unwrap();
    assert_eq!(
        reason(world.create(&wang, world.society).await),
        "ALREADY_MEMBER"
    );
    world.resign(&wang, &first.membership_id).await.unwrap();
    let second = world.member(&wang).await;
    assert_eq!(
        (first.member_number.as_str(), second.member_number.as_str()),
        ("B200000001M", "B200000002M")
    );
    world.check().await;
}

/// The application is approved while its applicant starts another one: the second must find the membership, whatever
/// the timing. Held here at the worst moment, when the membership is written and not yet committed.
#[tokio::test]
async fn an_application_started_while_the_one_before_is_approved_finds_the_membership() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.in_final_review(&wang).await;
    let held = world.hold_events().await;
    let approving = world.approve(&world.approver, &application.application_id);
    let starting = async {
        world.until_waiting(1).await;
        let another = world.create(&wang, world.society);
        let release = async {
            world.until_waiting(2).await;
            held.rollback().await.unwrap();
        };
        tokio::join!(another, release).0
    };
    let (approved, another) = tokio::join!(approving, starting);
    approved.unwrap();
    assert_eq!(reason(another), "ALREADY_MEMBER");
    world.check().await;
}
