//! Rights through all layers: staff acting on themselves, replays after a role was revoked, staff of organisations above the organiser.

use std::collections::BTreeSet;

use kit::access::{Caller, Method, Policy, Rule, Subject};
use prost::Message as _;
use proto_approvals::v1 as approvals;
use proto_events::v1::{
    self as wire, Activity, CheckInRequest, ListRegistrationsRequest, Registration,
    decide_activity_request::Decision,
};
use proto_letters::v1 as shared_letters;
use time::Duration;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    content_review::{decision_request, step},
    covers::png,
    registration_forms::{definition, sent},
    world::{NOW, World, as_, desk_of, draft, named_person, ok, person_id, refused},
};

/// The staff methods of events, e.g. `CheckIns/CheckIn`.
fn staff_methods() -> Vec<(String, Method)> {
    let services: Vec<String> = proto_events::POOL
        .services()
        .map(|service| service.full_name().to_owned())
        .filter(|name| name.starts_with("cast.events."))
        .collect();
    let policy = Policy::of(&proto_events::POOL, services.iter().map(String::as_str)).unwrap();
    policy
        .methods()
        .filter(|method| matches!(method.rule, Rule::Permission(_)))
        .map(|method| {
            let service = method.service.rsplit('.').next().unwrap();
            (format!("{service}/{}", method.name), method.clone())
        })
        .collect()
}

async fn ticket(world: &World, person: &Caller, activity: &Activity) -> String {
    let registration = world.register(person, activity).await;
    world.ticket(person, &registration).await.token
}

fn check_in(activity: &Activity, ticket: String) -> CheckInRequest {
    CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket,
        request_id: "check-in".to_owned(),
    }
}

#[tokio::test]
async fn staff_cannot_check_themselves_in() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let staff = &world.staff;
    let own = check_in(&activity, ticket(&world, staff, &activity).await);
    world.clock.set(NOW + Duration::hours(23));
    let answer = world.check_ins().check_in(as_(staff, own.clone())).await;
    assert_eq!(refused(answer), "OWN_AFFAIRS");
    let credited: i64 = sqlx::query_scalar("select count(*) from credits")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(credited, 0);
    let colleague = desk_of(world.pool(), world.society).await;
    let answer = ok(world.check_ins().check_in(as_(&colleague, own)).await);
    assert_eq!(answer.credited_minutes, 90);
    let delegation = |to: &Caller| approvals::CreateDelegationRequest {
        organisation_id: world.society.to_string(),
        from_person_id: Uuid::now_v7().to_string(),
        to_person_id: person_id(to).to_string(),
        starts_on: "2026-05-01".into(),
        ends_on: "2026-05-20".into(),
        ..Default::default()
    };
    let administrator = world.holder("organisation.administrator").await;
    let mut routes = world.content_routes();
    let own = routes.create_content_delegation(as_(&administrator, delegation(&administrator)));
    assert_eq!(refused(own.await), "OWN_AFFAIRS");
    let acting: BTreeSet<String> = staff_methods()
        .into_iter()
        .filter(|(_, method)| method.subject != Subject::Absent)
        .map(|(name, _)| name)
        .collect();
    let tried = ["CheckIns/CheckIn", "ContentRoutes/CreateContentDelegation"];
    assert_eq!(
        acting,
        tried.map(str::to_owned).into(),
        "every staff method that acts on a person is tried here"
    );
    world.invariants().await;
}

/// Code, reason and field descriptions of a refusal.
fn refusal<T: std::fmt::Debug>(answer: Result<Response<T>, Status>) -> (Code, String, Vec<String>) {
    let status = answer.expect_err("a refusal");
    let details = status.get_error_details();
    let info = details.error_info().expect("a reason");
    let mut metadata: Vec<String> = info
        .metadata
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    metadata.sort();
    (status.code(), info.reason.clone(), metadata)
}

#[tokio::test]
async fn a_replay_after_the_role_was_revoked_is_answered_like_an_outsiders_request() {
    let world = World::new().await;
    let actor = desk_of(world.pool(), world.society).await;
    // The role elsewhere remains, so the access layer still admits the call.
    let grant = async |organisation: Uuid| {
        let mut conn = world.pool().acquire().await.unwrap();
        let role = "organisation.administrator";
        for (who, organisation) in [
            (&actor, organisation),
            (&world.stranger, world.other_society),
        ] {
            let id = Uuid::now_v7();
            kit::access::put_grant(&mut conn, id, person_id(who), role, organisation)
                .await
                .unwrap();
        }
    };
    grant(world.society).await;
    grant(world.other_society).await;
    let mut tried = BTreeSet::new();

    /// Sends a request, again, after the role was revoked, as an outsider, and after it was given again.
    macro_rules! replay {
        ($method:literal, $client:ident . $call:ident ( $request:expr )) => {{
            let request = $request;
            let send = async |who: &Caller| world.$client().$call(as_(who, request.clone())).await;
            let first = ok(send(&actor).await);
            assert_eq!(ok(send(&actor).await), first, $method);
            sqlx::query("delete from access.grants where person_id = $1 and organisation_id = $2")
                .bind(person_id(&actor))
                .bind(world.society)
                .execute(world.pool())
                .await
                .unwrap();
            assert_eq!(
                refusal(send(&actor).await),
                refusal(send(&world.stranger).await),
                $method
            );
            grant(world.society).await;
            assert_eq!(ok(send(&actor).await), first, $method);
            tried.insert($method.to_owned());
            first
        }};
    }

    let activity = replay!(
        "Activities/CreateActivity",
        activities.create_activity(wire::CreateActivityRequest {
            request_id: "1".into(),
            ..draft(world.society, 10)
        })
    );
    let activity_id = activity.activity_id.clone();
    replay!(
        "Activities/UpdateActivity",
        activities.update_activity(wire::UpdateActivityRequest {
            activity_id: activity_id.clone(),
            title: Some("改名的报告会".into()),
            etag: "*".into(),
            request_id: "2".into(),
            ..Default::default()
        })
    );
    let form = replay!(
        "RegistrationForms/SaveRegistrationFormDraft",
        registration_forms.save_registration_form_draft(wire::SaveRegistrationFormDraftRequest {
            activity_id: activity_id.clone(),
            definition: sent(definition()),
            etag: "v0".into(),
            request_id: "6".into(),
        })
    );
    let form = replay!(
        "RegistrationForms/DiscardRegistrationFormDraft",
        registration_forms.discard_registration_form_draft(
            wire::DiscardRegistrationFormDraftRequest {
                activity_id: activity_id.clone(),
                etag: form.etag,
                request_id: "7".into(),
            }
        )
    );
    // A colleague has written the one that the actor publishes.
    let form = wire::SaveRegistrationFormDraftRequest {
        activity_id: activity_id.clone(),
        definition: sent(definition()),
        etag: form.etag,
        request_id: String::new(),
    };
    let form = ok(world
        .registration_forms()
        .save_registration_form_draft(as_(&world.staff, form))
        .await);
    replay!(
        "RegistrationForms/PublishRegistrationForm",
        registration_forms.publish_registration_form(wire::PublishRegistrationFormRequest {
            activity_id: activity_id.clone(),
            etag: form.etag,
            request_id: "8".into(),
        })
    );
    world
        .with_form(&activity, serde_json::json!({ "pages": [] }))
        .await;
    replay!(
        "Activities/PublishActivity",
        activities.publish_activity(wire::PublishActivityRequest {
            activity_id: activity_id.clone(),
            request_id: "3".into(),
        })
    );
    let ticket = ticket(&world, &named_person(Some("李思远")), &activity).await;
    world.clock.set(NOW + Duration::hours(23));
    replay!(
        "CheckIns/CheckIn",
        check_ins.check_in(check_in(&activity, ticket))
    );
    replay!(
        "RegistrationExports/CreateRegistrationExport",
        registration_exports.create_registration_export(wire::CreateRegistrationExportRequest {
            request_id: "4".into(),
            ..world.export_request(&activity)
        })
    );
    let letter = replay!(
        "RegistrationLetters/CreateRegistrationLetter",
        registration_letters.create_registration_letter(world.letter_request(&activity))
    );
    replay!(
        "RegistrationLetters/UpdateRegistrationLetter",
        registration_letters.update_registration_letter(shared_letters::UpdateLetterRequest {
            letter_id: letter.letter_id.clone(),
            title: "改过的标题".into(),
            body: "改过的正文".into(),
            etag: letter.etag.clone(),
            request_id: "18".into(),
        })
    );
    let tried_letter = replay!(
        "RegistrationLetters/TryRegistrationLetter",
        registration_letters.try_registration_letter(shared_letters::TryLetterRequest {
            letter_id: letter.letter_id.clone(),
            request_id: "19".into(),
        })
    );
    replay!(
        "RegistrationLetters/SendRegistrationLetter",
        registration_letters.send_registration_letter(shared_letters::SendLetterRequest {
            letter_id: letter.letter_id.clone(),
            etag: tried_letter.etag.clone(),
            request_id: "20".into(),
        })
    );
    replay!(
        "RegistrationLetters/StopRegistrationLetter",
        registration_letters.stop_registration_letter(shared_letters::StopLetterRequest {
            letter_id: letter.letter_id.clone(),
            request_id: "21".into(),
        })
    );

    replay!(
        "Covers/CreateCoverUpload",
        covers.create_cover_upload(wire::CreateCoverUploadRequest {
            activity_id: activity_id.clone(),
            name: "a.png".into(),
            size: 10,
            content_type: String::new(),
            request_id: "9".into(),
        })
    );
    let upload_id = world.uploaded(&actor, &activity, &png(40, 1)).await;
    let cover = replay!(
        "Covers/ProposeCover",
        covers.propose_cover(wire::ProposeCoverRequest {
            activity_id: activity_id.clone(),
            upload_id,
            alt_zh: "听众".into(),
            alt_en: String::new(),
            request_id: "10".into(),
        })
    );
    let cover_id = cover.cover_id;
    replay!(
        "Covers/WithdrawCover",
        covers.withdraw_cover(wire::WithdrawCoverRequest {
            activity_id: activity_id.clone(),
            cover_id,
            request_id: "11".into(),
        })
    );
    // A colleague has proposed the one that the actor publishes.
    let upload_id = world.uploaded(&world.staff, &activity, &png(40, 2)).await;
    let cover = wire::ProposeCoverRequest {
        activity_id: activity_id.clone(),
        upload_id,
        alt_zh: "听众".into(),
        alt_en: String::new(),
        request_id: String::new(),
    };
    let cover = ok(world.covers().propose_cover(as_(&world.staff, cover)).await);
    replay!(
        "Covers/PublishCover",
        covers.publish_cover(wire::PublishCoverRequest {
            activity_id: activity_id.clone(),
            cover_id: cover.cover_id,
            request_id: "12".into(),
        })
    );
    replay!(
        "Activities/CancelActivity",
        activities.cancel_activity(wire::CancelActivityRequest {
            activity_id,
            reason: "天气原因".into(),
            request_id: "5".into(),
        })
    );

    let society = world.society.to_string();
    let steps = || vec![step("内容审核")];
    let route = replay!(
        "ContentRoutes/SaveContentRouteDraft",
        content_routes.save_content_route_draft(approvals::SaveRouteDraftRequest {
            organisation_id: society.clone(),
            route: Some(approvals::Route { steps: steps() }),
            etag: "v0".into(),
            request_id: "6".into(),
        })
    );
    replay!(
        "ContentRoutes/DiscardContentRouteDraft",
        content_routes.discard_content_route_draft(approvals::DiscardRouteDraftRequest {
            organisation_id: society.clone(),
            etag: route.etag,
            request_id: "7".into(),
        })
    );
    let other = world.holder("organisation.administrator").await;
    let route = world.save_route(&other, steps()).await;
    replay!(
        "ContentRoutes/PublishContentRoute",
        content_routes.publish_content_route(approvals::PublishRouteRequest {
            organisation_id: society.clone(),
            etag: route.etag,
            request_id: "8".into(),
        })
    );
    let reviewer = world.holder("society.approver").await;
    let delegation = replay!(
        "ContentRoutes/CreateContentDelegation",
        content_routes.create_content_delegation(approvals::CreateDelegationRequest {
            organisation_id: society.clone(),
            from_person_id: person_id(&other).to_string(),
            to_person_id: person_id(&reviewer).to_string(),
            starts_on: "2026-05-02".into(),
            ends_on: "2026-05-20".into(),
            request_id: "9".into(),
        })
    );
    replay!(
        "ContentRoutes/EndContentDelegation",
        content_routes.end_content_delegation(approvals::EndDelegationRequest {
            organisation_id: society,
            delegation_id: delegation.delegation_id.clone(),
            request_id: "10".into(),
        })
    );
    world.clock.set(NOW);
    let draft = world.draft(10).await;
    replay!(
        "ContentReview/SubmitActivity",
        content_review.submit_activity(wire::SubmitActivityRequest {
            activity_id: draft.activity_id.clone(),
            request_id: "11".into(),
        })
    );
    replay!(
        "ContentReview/WithdrawActivity",
        content_review.withdraw_activity(wire::WithdrawActivityRequest {
            activity_id: draft.activity_id,
            request_id: "12".into(),
        })
    );
    let draft = world.draft(10).await;
    ok(world.submit(&world.staff, &draft).await);
    replay!(
        "ContentReview/DecideActivity",
        content_review.decide_activity(wire::DecideActivityRequest {
            request_id: "13".into(),
            ..decision_request(&draft.activity_id, 1, Decision::Pass)
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
    world.invariants().await;
}

/// Ids are random in every test; all else must be the same.
fn without_ids(mut registration: Registration) -> Vec<u8> {
    registration.registration_id.clear();
    registration.activity_id.clear();
    registration.person_number.clear();
    registration.encode_to_vec()
}

/// The answers of the list and of check-in about a person with this name: to staff from above, and the list to the organiser.
async fn seen(name: &str) -> (Vec<Vec<u8>>, String) {
    let world = World::new().await;
    let activity = world.published(10).await;
    let above = desk_of(world.pool(), world.headquarters).await;
    let ticket = ticket(&world, &named_person(Some(name)), &activity).await;
    let list = async |who: &Caller| {
        let request = ListRegistrationsRequest {
            activity_id: activity.activity_id.clone(),
            ..Default::default()
        };
        ok(world
            .registrations()
            .list_registrations(as_(who, request))
            .await)
        .registrations
    };
    let mut answers: Vec<Vec<u8>> = list(&above).await.into_iter().map(without_ids).collect();
    world.clock.set(NOW + Duration::hours(23));
    let request = check_in(&activity, ticket);
    let checked_in = ok(world.check_ins().check_in(as_(&above, request)).await);
    answers.push(without_ids(checked_in.registration.unwrap()));
    let organiser = list(&world.staff).await[0].person_name.clone();
    (answers, organiser)
}

#[tokio::test]
async fn no_byte_of_an_answer_to_those_above_depends_on_more_than_the_first_character() {
    let (one, organiser) = seen("欧阳修").await;
    let (other, other_organiser) = seen("欧冠").await;
    assert_eq!(one.len(), 2);
    assert_eq!(one, other);
    assert_eq!(
        (organiser.as_str(), other_organiser.as_str()),
        ("欧阳修", "欧冠")
    );
    let text = String::from_utf8_lossy(&one[0]).into_owned();
    assert!(text.contains("欧**") && !text.contains('阳'), "{text}");
}
