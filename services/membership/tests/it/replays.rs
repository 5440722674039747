//! A request that was answered before is answered again only for those who still may send it.

use std::{collections::BTreeSet, fmt::Debug};

use proto_approvals::v1 as approvals;
use proto_letters::v1 as letters;
use proto_membership::v1::{
    self as wire, batch_decide_applications_request::Decision,
    decide_application_step_request::Decision as Step,
};
use tonic::{Response, Status};
use uuid::Uuid;

use crate::{
    logos::{Desk, png},
    own_affairs::staff_methods,
    own_form::{definition, sent},
    routes::{REVIEW, decision_request, step},
    world::{Actor, World, refusal},
};

/// Code, reason and what it says, of a refusal.
fn refused<T: Debug>(answer: Result<Response<T>, Status>) -> (tonic::Code, String, Vec<String>) {
    let refusal = refusal(answer);
    let mut metadata: Vec<String> = refusal
        .metadata
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    metadata.sort();
    (refusal.code, refusal.reason, metadata)
}

/// Staff who lose every role at the society and keep the same roles elsewhere: the layer still lets them through.
async fn staff(world: &World) -> Actor {
    let actor = world.person("工作人员");
    for organisation in [world.society, world.other_society] {
        world
            .grant(&actor, "organisation.administrator", organisation)
            .await;
    }
    actor
}

async fn dismiss(world: &World, actor: &Actor) {
    sqlx::query("delete from access.grants where person_id = $1 and organisation_id = $2")
        .bind(actor.id)
        .bind(world.society)
        .execute(world.pool())
        .await
        .unwrap();
}

async fn reappoint(world: &World, actor: &Actor) {
    world
        .grant(actor, "organisation.administrator", world.society)
        .await;
}

#[tokio::test]
async fn who_lost_the_role_gets_the_answer_of_an_outsider_and_not_the_remembered_one() {
    let desk = Desk::new().await;
    let world = &desk.world;
    let actor = staff(world).await;
    let mut tried = BTreeSet::new();

    /// Sends a request, again, after the dismissal, as an outsider, and after being appointed anew.
    macro_rules! replay {
        ($method:literal, $client:ident . $call:ident ( $request:expr )) => {{
            let request = $request;
            let send =
                async |who: &Actor| world.$client().$call(world.by(who, request.clone())).await;
            let first = send(&actor).await.expect($method).into_inner();
            assert_eq!(send(&actor).await.unwrap().into_inner(), first, $method);
            dismiss(world, &actor).await;
            assert_eq!(
                refused(send(&actor).await),
                refused(send(&world.stranger).await),
                $method
            );
            reappoint(world, &actor).await;
            assert_eq!(send(&actor).await.unwrap().into_inner(), first, $method);
            tried.insert($method.to_owned());
            first
        }};
    }

    let created = replay!(
        "Organisations/CreateOrganisation",
        organisations.create_organisation(wire::CreateOrganisationRequest {
            parent_id: world.society.to_string(),
            code: "B-20-X".into(),
            name: "青年工作委员会".into(),
            kind: wire::organisation::Kind::Branch.into(),
            request_id: "1".into(),
            ..Default::default()
        })
    );
    assert!(!created.organisation_id.is_empty());
    let etag = {
        let request = wire::GetOrganisationRequest {
            organisation_id: world.society.to_string(),
        };
        let society = world.organisations().get_organisation(request).await;
        society.unwrap().into_inner().etag
    };
    replay!(
        "Organisations/UpdateOrganisation",
        organisations.update_organisation(wire::UpdateOrganisationRequest {
            organisation_id: world.society.to_string(),
            website: Some("https://www.ccf.org.cn/".into()),
            etag,
            request_id: "2".into(),
            ..Default::default()
        })
    );
    let person = |nth: usize| world.person(&format!("申请人{nth}"));
    let submitted = async |nth| world.submitted(&person(nth)).await.application_id;
    let in_final_review = async |nth| world.in_final_review(&person(nth)).await.application_id;
    replay!(
        "Applications/PassFirstReview",
        applications.pass_first_review(wire::PassFirstReviewRequest {
            application_id: submitted(1).await,
            request_id: "3".into(),
            ..Default::default()
        })
    );
    replay!(
        "Applications/ReturnApplication",
        applications.return_application(wire::ReturnApplicationRequest {
            application_id: submitted(2).await,
            reason: "请补充".into(),
            request_id: "4".into(),
            ..Default::default()
        })
    );
    let approved = replay!(
        "Applications/ApproveApplication",
        applications.approve_application(wire::ApproveApplicationRequest {
            application_id: in_final_review(3).await,
            request_id: "5".into(),
            ..Default::default()
        })
    );
    replay!(
        "Applications/RejectApplication",
        applications.reject_application(wire::RejectApplicationRequest {
            application_id: in_final_review(4).await,
            reason: "不符合条件".into(),
            request_id: "6".into(),
            ..Default::default()
        })
    );
    replay!(
        "Applications/BatchDecideApplications",
        applications.batch_decide_applications(wire::BatchDecideApplicationsRequest {
            organisation_id: world.society.to_string(),
            application_ids: vec![submitted(5).await, Uuid::now_v7().to_string()],
            decision: Decision::PassFirstReview.into(),
            request_id: "7".into(),
            ..Default::default()
        })
    );
    let waiting = world.submitted(&person(9)).await.application_id;
    replay!(
        "Applications/DecideApplicationStep",
        applications.decide_application_step(wire::DecideApplicationStepRequest {
            request_id: "18".into(),
            ..decision_request(&waiting, 1, Step::Pass)
        })
    );
    replay!(
        "Memberships/SuspendMembership",
        memberships.suspend_membership(wire::SuspendMembershipRequest {
            membership_id: approved.membership_id.clone(),
            reason: "核实".into(),
            request_id: "8".into(),
            ..Default::default()
        })
    );
    replay!(
        "Memberships/ReinstateMembership",
        memberships.reinstate_membership(wire::ReinstateMembershipRequest {
            membership_id: approved.membership_id.clone(),
            request_id: "9".into(),
            ..Default::default()
        })
    );

    replay!(
        "MemberExports/CreateMemberExport",
        member_exports.create_member_export(wire::CreateMemberExportRequest {
            request_id: "10".into(),
            ..world.export_request()
        })
    );

    let draft = replay!(
        "ApplicationForms/SaveApplicationFormDraft",
        application_forms.save_application_form_draft(wire::SaveApplicationFormDraftRequest {
            organisation_id: world.society.to_string(),
            definition: sent(definition()),
            etag: "v0".into(),
            request_id: "11".into(),
        })
    );
    replay!(
        "ApplicationForms/DiscardApplicationFormDraft",
        application_forms.discard_application_form_draft(
            wire::DiscardApplicationFormDraftRequest {
                organisation_id: world.society.to_string(),
                etag: draft.etag,
                request_id: "12".into(),
            }
        )
    );
    let draft = world.save_form(&desk.one, definition(), "*").await.unwrap();
    replay!(
        "ApplicationForms/PublishApplicationForm",
        application_forms.publish_application_form(wire::PublishApplicationFormRequest {
            organisation_id: world.society.to_string(),
            etag: draft.etag,
            accept_loss: false,
            request_id: "13".into(),
        })
    );

    let steps = || vec![step("初审", REVIEW)];
    let route = replay!(
        "ApplicationRoutes/SaveApplicationRouteDraft",
        application_routes.save_application_route_draft(approvals::SaveRouteDraftRequest {
            organisation_id: world.society.to_string(),
            route: Some(approvals::Route { steps: steps() }),
            etag: "v0".into(),
            request_id: "19".into(),
        })
    );
    replay!(
        "ApplicationRoutes/DiscardApplicationRouteDraft",
        application_routes.discard_application_route_draft(approvals::DiscardRouteDraftRequest {
            organisation_id: world.society.to_string(),
            etag: route.etag,
            request_id: "20".into(),
        })
    );
    let route = world.save_route(&desk.one, steps()).await.unwrap();
    replay!(
        "ApplicationRoutes/PublishApplicationRoute",
        application_routes.publish_application_route(approvals::PublishRouteRequest {
            organisation_id: world.society.to_string(),
            etag: route.etag,
            request_id: "21".into(),
        })
    );
    let delegation = replay!(
        "ApplicationRoutes/CreateApplicationDelegation",
        application_routes.create_application_delegation(approvals::CreateDelegationRequest {
            organisation_id: world.society.to_string(),
            from_person_id: world.approver.id.to_string(),
            to_person_id: world.reviewer.id.to_string(),
            starts_on: "2026-05-01".into(),
            ends_on: "2026-05-20".into(),
            request_id: "22".into(),
        })
    );
    replay!(
        "ApplicationRoutes/EndApplicationDelegation",
        application_routes.end_application_delegation(approvals::EndDelegationRequest {
            organisation_id: world.society.to_string(),
            delegation_id: delegation.delegation_id.clone(),
            request_id: "23".into(),
        })
    );

    let picture = png(64, 10);
    let upload = replay!(
        "Logos/CreateUpload",
        logos.create_upload(wire::CreateUploadRequest {
            organisation_id: world.society.to_string(),
            name: "标志.png".into(),
            size: picture.len() as i64,
            content_type: "image/png".into(),
            request_id: "14".into(),
        })
    );
    desk.put(&actor, &upload.upload_id, &picture).await.unwrap();
    desk.complete(&actor, &upload.upload_id).await.unwrap();
    let proposed = replay!(
        "Logos/ProposeLogo",
        logos.propose_logo(wire::ProposeLogoRequest {
            organisation_id: world.society.to_string(),
            upload_id: upload.upload_id.clone(),
            alt_zh: "蓝色圆形会徽".into(),
            alt_en: String::new(),
            request_id: "15".into(),
        })
    );
    replay!(
        "Logos/WithdrawLogo",
        logos.withdraw_logo(wire::WithdrawLogoRequest {
            organisation_id: world.society.to_string(),
            logo_id: proposed.logo_id.clone(),
            request_id: "16".into(),
        })
    );
    let upload_id = desk.uploaded(&desk.one, &picture).await;
    let proposed = desk.propose(&desk.one, &upload_id).await.unwrap();
    replay!(
        "Logos/PublishLogo",
        logos.publish_logo(wire::PublishLogoRequest {
            organisation_id: world.society.to_string(),
            logo_id: proposed.logo_id.clone(),
            request_id: "17".into(),
        })
    );

    let letter = replay!(
        "MemberLetters/CreateMemberLetter",
        member_letters.create_member_letter(world.letter_request())
    );
    replay!(
        "MemberLetters/UpdateMemberLetter",
        member_letters.update_member_letter(letters::UpdateLetterRequest {
            letter_id: letter.letter_id.clone(),
            title: "改过的标题".into(),
            body: "改过的正文".into(),
            etag: letter.etag.clone(),
            request_id: "18".into(),
        })
    );
    let tried_letter = replay!(
        "MemberLetters/TryMemberLetter",
        member_letters.try_member_letter(letters::TryLetterRequest {
            letter_id: letter.letter_id.clone(),
            request_id: "19".into(),
        })
    );
    replay!(
        "MemberLetters/SendMemberLetter",
        member_letters.send_member_letter(letters::SendLetterRequest {
            letter_id: letter.letter_id.clone(),
            etag: tried_letter.etag.clone(),
            request_id: "20".into(),
        })
    );
    replay!(
        "MemberLetters/StopMemberLetter",
        member_letters.stop_member_letter(letters::StopLetterRequest {
            letter_id: letter.letter_id.clone(),
            request_id: "21".into(),
        })
    );

    let repeatable: BTreeSet<String> = staff_methods()
        .into_iter()
        .filter(|(_, method)| method.input.get_field_by_name("request_id").is_some())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        tried, repeatable,
        "every staff method that takes a request id is tried here"
    );
    world.check().await;
}
