//! Drafts, and what is refused when they are made, changed and submitted.

use proto_membership::v1::{self as wire, ApplicationMoved, application_form::Education};
use tonic::Code;

use crate::{
    journey::{create_request, form, submit_request},
    world::{Actor, World, reason, refusal},
};

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
        ..Default::default()
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
async fn only_a_person_with_a_verified_name_submits() {
    let world = World::new().await;
    let unverified = Actor::unverified("王芳");
    let draft = world.draft(&unverified).await;
    assert_eq!(
        reason(world.submit(&unverified, &draft.application_id).await),
        "REAL_NAME_REQUIRED"
    );
    // The same person, after verification.
    let verified = Actor {
        verified: true,
        ..unverified
    };
    assert!(world.submit(&verified, &draft.application_id).await.is_ok());
    world.check().await;
}

#[tokio::test]
async fn without_consent_nothing_is_submitted() {
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
        ..Default::default()
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
        "no event is published about a draft"
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
