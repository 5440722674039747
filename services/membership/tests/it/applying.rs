//! From the draft to the membership, as the applicant sees it.

use proto::cast::membership::v1::{
    self as wire, Application, ApplicationMoved, MembershipActivated, MembershipCategory,
    application::State, application_form::Education, membership,
};
use tonic::Code;

use crate::world::{Actor, World, create_request, form, reason, refusal, submit_request};

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
        request_id: String::new(),
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
    // Not straight to the final review, and whoever passed it before may pass it again.
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
async fn an_incomplete_form_is_refused_with_every_gap_named_and_nothing_changes() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let request = wire::CreateApplicationRequest {
        form: None,
        ..create_request(world.society)
    };
    let draft = world
        .applications()
        .create_application(world.by(&wang, request))
        .await
        .unwrap()
        .into_inner();
    let refused = refusal(world.submit(&wang, &draft.application_id).await);
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::InvalidArgument, "APPLICATION_INCOMPLETE")
    );
    assert_eq!(
        refused.fields,
        [
            "form.employer",
            "form.education",
            "form.research_field",
            "form.division_code"
        ]
    );
    assert_eq!(
        world
            .application(&wang, &draft.application_id)
            .await
            .unwrap(),
        draft
    );

    let request = wire::UpdateApplicationRequest {
        application_id: draft.application_id.clone(),
        category: draft.category,
        form: Some(form()),
        etag: draft.etag,
        request_id: String::new(),
    };
    world
        .applications()
        .update_application(world.by(&wang, request))
        .await
        .unwrap();
    assert!(world.submit(&wang, &draft.application_id).await.is_ok());
    world.check().await;
}

#[tokio::test]
async fn only_who_has_proved_the_real_name_hands_in() {
    let world = World::new().await;
    let somebody = Actor::unverified("王芳");
    let draft = world.draft(&somebody).await;
    assert_eq!(
        reason(world.submit(&somebody, &draft.application_id).await),
        "REAL_NAME_REQUIRED"
    );
    // The same person, after verification.
    let verified = Actor {
        verified: true,
        ..somebody
    };
    assert!(world.submit(&verified, &draft.application_id).await.is_ok());
    world.check().await;
}

#[tokio::test]
async fn without_consent_nothing_is_handed_in() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let draft = world.draft(&wang).await;
    let request = wire::SubmitApplicationRequest {
        consent: false,
        ..submit_request(&draft.application_id)
    };
    let refused = refusal(
        world
            .applications()
            .submit_application(world.by(&wang, request))
            .await,
    );
    assert_eq!(
        (refused.reason.as_str(), &*refused.fields),
        ("INVALID_ARGUMENT", &["consent".to_owned()][..])
    );
}

#[tokio::test]
async fn divisions_that_do_not_exist_are_refused_by_name_of_the_field() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let nowhere = Some(wire::ApplicationForm {
        division_code: "999999".into(),
        ..form()
    });
    let request = wire::CreateApplicationRequest {
        form: nowhere.clone(),
        ..create_request(world.society)
    };
    let refused = refusal(
        world
            .applications()
            .create_application(world.by(&wang, request))
            .await,
    );
    assert_eq!(
        (refused.reason.as_str(), &*refused.fields),
        ("DIVISION_UNKNOWN", &["form.division_code".to_owned()][..])
    );

    let draft = world.draft(&wang).await;
    let request = wire::UpdateApplicationRequest {
        application_id: draft.application_id.clone(),
        category: draft.category,
        form: nowhere,
        etag: draft.etag.clone(),
        request_id: String::new(),
    };
    assert_eq!(
        reason(
            world
                .applications()
                .update_application(world.by(&wang, request))
                .await
        ),
        "DIVISION_UNKNOWN"
    );

    // It existed when the draft was written, and does not any more.
    sqlx::query("update divisions set in_use = false where code = '110108'")
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(
        reason(world.submit(&wang, &draft.application_id).await),
        "DIVISION_UNKNOWN"
    );
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

#[tokio::test]
async fn organisations_that_do_not_take_applications_say_so() {
    let world = World::new().await;
    let wang = world.person("王芳");
    assert_eq!(
        reason(world.create(&wang, world.headquarters).await),
        "APPLICATIONS_CLOSED"
    );
    assert_eq!(
        reason(world.create(&wang, uuid::Uuid::now_v7()).await),
        "NOT_FOUND"
    );
    let draft = world.draft(&wang).await;
    sqlx::query("update organisations set accepts_applications = false")
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(
        reason(world.submit(&wang, &draft.application_id).await),
        "APPLICATIONS_CLOSED"
    );
    world.check().await;
}

#[tokio::test]
async fn a_draft_belongs_to_its_writer_alone() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let draft = world.draft(&wang).await;
    let id = draft.application_id.as_str();
    for other in [
        &world.reviewer,
        &world.approver,
        &world.stranger,
        &world.person("李明"),
    ] {
        assert_eq!(reason(world.application(other, id).await), "NOT_FOUND");
        assert_eq!(reason(world.submit(other, id).await), "NOT_FOUND");
        assert_eq!(reason(world.withdraw(other, id).await), "NOT_FOUND");
    }
    for action in [
        world.pass(&world.reviewer, id).await,
        world.send_back(&world.reviewer, id).await,
    ] {
        assert_eq!(reason(action), "NOT_FOUND");
    }
    world.withdraw(&wang, id).await.unwrap();
    assert_eq!(
        reason(world.application(&world.approver, id).await),
        "NOT_FOUND"
    );
    assert_eq!(
        world.events::<ApplicationMoved>().await,
        [],
        "nobody hears of a draft"
    );
    world.check().await;
}

#[tokio::test]
async fn my_applications_come_newest_first_page_by_page() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let mut made = Vec::new();
    for _ in 0..5 {
        let draft = world.draft(&wang).await;
        world.withdraw(&wang, &draft.application_id).await.unwrap();
        made.insert(0, draft.application_id);
    }
    world.draft(&world.person("李明")).await;
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = wire::ListMyApplicationsRequest {
            page_size: 2,
            page_token,
        };
        let page = world
            .applications()
            .list_my_applications(world.by(&wang, request))
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.applications.into_iter().map(|a| a.application_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn malformed_requests_name_the_field() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let good = create_request(world.society);
    let bad = [
        (
            wire::CreateApplicationRequest {
                organisation_id: "x".into(),
                ..good.clone()
            },
            "organisation_id",
        ),
        (
            wire::CreateApplicationRequest {
                category: 0,
                ..good.clone()
            },
            "category",
        ),
        (
            wire::CreateApplicationRequest {
                category: 77,
                ..good.clone()
            },
            "category",
        ),
        (
            wire::CreateApplicationRequest {
                request_id: "x".repeat(65),
                ..good.clone()
            },
            "request_id",
        ),
    ];
    for (request, field) in bad {
        let refused = refusal(
            world
                .applications()
                .create_application(world.by(&wang, request))
                .await,
        );
        assert_eq!(
            (refused.code, &*refused.fields),
            (Code::InvalidArgument, &[field.to_owned()][..])
        );
    }
    let forms = [
        (
            wire::ApplicationForm {
                employer: "长".repeat(101),
                ..form()
            },
            "form.employer",
        ),
        (
            wire::ApplicationForm {
                education: 99,
                ..form()
            },
            "form.education",
        ),
        (
            wire::ApplicationForm {
                division_code: "11010".into(),
                ..form()
            },
            "form.division_code",
        ),
        (
            wire::ApplicationForm {
                statement: "a\0b".into(),
                ..form()
            },
            "form.statement",
        ),
    ];
    for (form, field) in forms {
        let request = wire::CreateApplicationRequest {
            form: Some(form),
            ..good.clone()
        };
        let refused = refusal(
            world
                .applications()
                .create_application(world.by(&wang, request))
                .await,
        );
        assert_eq!(
            (refused.code, &*refused.fields),
            (Code::InvalidArgument, &[field.to_owned()][..])
        );
    }
    assert_eq!(form().education(), Education::Doctor);
    assert_eq!(
        reason(
            world
                .applications()
                .create_application(tonic::Request::new(good))
                .await
        ),
        "UNAUTHENTICATED"
    );
}
