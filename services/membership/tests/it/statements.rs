//! How many statements each call sends to the database. The table below is the documentation: it fails when it is not true.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use proto_approvals::v1 as approvals;
use proto_membership::v1::{
    self as wire, batch_decide_applications_request::Decision,
    decide_application_step_request::Decision as Step, organisation::Kind,
};
use tonic::{Request, Response, Status};
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use crate::{
    journey::{create_request, form, submit_request},
    routes::{REVIEW, decision_request, step},
    world::World,
};

/// Counts what sqlx sends. The runtime of a test has one thread, so nothing of other tests is counted.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

/// Whether an event is about a statement of the service; sqlx reports the end of a transaction, too.
struct Statement(bool);

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            self.0 = !matches!(
                value.to_ascii_lowercase().as_str(),
                "begin" | "commit" | "rollback"
            );
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Counter {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut statement = Statement(false);
            event.record(&mut statement);
            self.0.fetch_add(usize::from(statement.0), Ordering::SeqCst);
        }
    }
}

impl Counter {
    async fn of<T>(&self, call: impl Future<Output = Result<Response<T>, Status>>) -> (usize, T) {
        self.0.store(0, Ordering::SeqCst);
        let answer = call.await.unwrap().into_inner();
        (self.0.load(Ordering::SeqCst), answer)
    }
}

/// Without `begin` and `commit`. A `permission` method begins with one statement for the caller's grants; a request id costs one
/// statement before and one after.
#[tokio::test]
async fn every_call_sends_a_fixed_number_of_statements() {
    let counter = Counter::default();
    let _guard = tracing_subscriber::registry()
        .with(counter.clone())
        .set_default();
    let world = World::logging().await;
    let wang = world.person("王芳");
    let system = world.system(world.society, "members.verify");
    let admin = world.staff("platform.system", world.headquarters).await;
    let society = world.society.to_string();
    let mut table: Vec<(&str, usize, usize)> = Vec::new();

    // ---- Organisations and divisions ----
    let all = wire::ListOrganisationsRequest::default();
    let (n, _) = counter
        .of(world
            .organisations()
            .list_organisations(Request::new(all.clone())))
        .await;
    table.push(("ListOrganisations", n, 3));
    let query = wire::ListOrganisationsRequest {
        query: "计算机".into(),
        ..all
    };
    let (n, _) = counter
        .of(world
            .organisations()
            .list_organisations(Request::new(query)))
        .await;
    table.push(("ListOrganisations, search", n, 3));
    let get = wire::GetOrganisationRequest {
        organisation_id: society.clone(),
    };
    let (n, organisation) = counter
        .of(world.organisations().get_organisation(Request::new(get)))
        .await;
    table.push(("GetOrganisation", n, 1));
    let create = wire::CreateOrganisationRequest {
        kind: Kind::Branch.into(),
        division_code: "110108".into(),
        ..crate::organisations::create_request(world.society, "B-20-X", "某某专业委员会")
    };
    let (n, _) = counter
        .of(world
            .organisations()
            .create_organisation(world.by(&admin, create)))
        .await;
    table.push(("CreateOrganisation", n, 9));
    let update = wire::UpdateOrganisationRequest {
        organisation_id: society.clone(),
        accepts_applications: Some(true),
        etag: organisation.etag,
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .organisations()
            .update_organisation(world.by(&admin, update)))
        .await;
    table.push(("UpdateOrganisation", n, 6));
    let (n, _) = counter
        .of(world
            .divisions()
            .list_divisions(Request::new(Default::default())))
        .await;
    table.push(("ListDivisions", n, 1));

    // ---- Applications ----
    let (n, draft) = counter
        .of(world
            .applications()
            .create_application(world.by(&wang, create_request(world.society))))
        .await;
    table.push(("CreateApplication", n, 6));
    let id = draft.application_id.clone();
    let update = wire::UpdateApplicationRequest {
        application_id: id.clone(),
        category: draft.category,
        form: Some(form()),
        etag: draft.etag,
        request_id: String::new(),
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .applications()
            .update_application(world.by(&wang, update)))
        .await;
    table.push(("UpdateApplication", n, 5));
    let (n, _) = counter
        .of(world
            .applications()
            .submit_application(world.by(&wang, submit_request(&id))))
        .await;
    table.push(("SubmitApplication", n, 10));
    let get = wire::GetApplicationRequest {
        application_id: id.clone(),
    };
    let (n, _) = counter
        .of(world
            .applications()
            .get_application(world.by(&wang, get.clone())))
        .await;
    table.push(("GetApplication, own", n, 1));
    let (n, _) = counter
        .of(world
            .applications()
            .get_application(world.by(&world.reviewer, get)))
        .await;
    table.push(("GetApplication, staff", n, 4));
    let history = wire::ListApplicationHistoryRequest {
        application_id: id.clone(),
    };
    let (n, _) = counter
        .of(world
            .applications()
            .list_application_history(world.by(&wang, history)))
        .await;
    table.push(("ListApplicationHistory, own", n, 2));
    let (n, _) = counter
        .of(world
            .applications()
            .list_my_applications(world.by(&wang, Default::default())))
        .await;
    table.push(("ListMyApplications", n, 1));
    let list = wire::ListApplicationsRequest {
        organisation_id: society.clone(),
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .applications()
            .list_applications(world.by(&world.reviewer, list)))
        .await;
    table.push(("ListApplications", n, 6));
    let pass = wire::PassFirstReviewRequest {
        application_id: id.clone(),
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .applications()
            .pass_first_review(world.by(&world.reviewer, pass)))
        .await;
    table.push(("PassFirstReview", n, 9));
    let approve = wire::ApproveApplicationRequest {
        application_id: id.clone(),
        ..Default::default()
    };
    let (n, approved) = counter
        .of(world
            .applications()
            .approve_application(world.by(&world.approver, approve)))
        .await;
    table.push(("ApproveApplication", n, 14));
    for (what, count, expected) in [
        // The layer checks the right to review, the method that to approve.
        ("BatchDecide, approve 1", 1, 12),
        ("BatchDecide, approve 20", 20, 12),
    ] {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(
                world
                    .in_final_review(&world.person("申请人"))
                    .await
                    .application_id,
            );
        }
        let batch = wire::BatchDecideApplicationsRequest {
            organisation_id: society.clone(),
            application_ids: ids,
            decision: Decision::Approve.into(),
            ..Default::default()
        };
        let (n, _) = counter
            .of(world
                .applications()
                .batch_decide_applications(world.by(&world.approver, batch)))
            .await;
        table.push((what, n, expected));
    }
    let zhao = world.person("赵敏");
    let withdraw = wire::WithdrawApplicationRequest {
        application_id: world.submitted(&zhao).await.application_id,
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .applications()
            .withdraw_application(world.by(&zhao, withdraw)))
        .await;
    table.push(("WithdrawApplication", n, 5));

    // ---- Routes ----
    let director = world
        .staff("organisation.administrator", world.society)
        .await;
    let save = approvals::SaveRouteDraftRequest {
        organisation_id: society.clone(),
        route: Some(approvals::Route {
            steps: vec![step("初审", REVIEW), step("终审", REVIEW)],
        }),
        etag: "*".into(),
        ..Default::default()
    };
    let (n, saved) = counter
        .of(world
            .application_routes()
            .save_application_route_draft(world.by(&director, save)))
        .await;
    table.push(("SaveApplicationRouteDraft", n, 9));
    let publisher = world
        .staff("organisation.administrator", world.society)
        .await;
    let publish = approvals::PublishRouteRequest {
        organisation_id: society.clone(),
        etag: saved.etag,
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .application_routes()
            .publish_application_route(world.by(&publisher, publish)))
        .await;
    table.push(("PublishApplicationRoute", n, 13));
    let get = approvals::GetRouteRequest {
        organisation_id: society.clone(),
    };
    let (n, _) = counter
        .of(world
            .application_routes()
            .get_application_route(world.by(&director, get)))
        .await;
    table.push(("GetApplicationRoute", n, 6));
    let qian = world.person("钱明");
    let id = world.draft(&qian).await.application_id;
    let (n, _) = counter
        .of(world
            .applications()
            .submit_application(world.by(&qian, submit_request(&id))))
        .await;
    table.push(("SubmitApplication, on a route", n, 16));
    let (n, _) = counter
        .of(world.applications().decide_application_step(
            world.by(&world.reviewer, decision_request(&id, 1, Step::Pass)),
        ))
        .await;
    table.push(("DecideApplicationStep, on a route", n, 26));
    let (n, _) = counter
        .of(world.applications().decide_application_step(
            world.by(&world.approver, decision_request(&id, 2, Step::Pass)),
        ))
        .await;
    table.push(("DecideApplicationStep, the last", n, 28));

    // ---- Memberships ----
    let id = approved.membership_id;
    let (n, _) = counter
        .of(world
            .memberships()
            .list_my_memberships(world.by(&wang, Default::default())))
        .await;
    table.push(("ListMyMemberships", n, 1));
    let get = wire::GetMembershipRequest {
        membership_id: id.clone(),
    };
    let (n, member) = counter
        .of(world
            .memberships()
            .get_membership(world.by(&wang, get.clone())))
        .await;
    table.push(("GetMembership, own", n, 1));
    let (n, _) = counter
        .of(world
            .memberships()
            .get_membership(world.by(&world.desk, get)))
        .await;
    table.push(("GetMembership, staff", n, 3));
    let list = wire::ListMembershipsRequest {
        organisation_id: society.clone(),
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .memberships()
            .list_memberships(world.by(&world.desk, list)))
        .await;
    table.push(("ListMemberships", n, 4));
    let card = wire::GetMembershipCardRequest {
        membership_id: id.clone(),
    };
    let (n, card) = counter
        .of(world
            .memberships()
            .get_membership_card(world.by(&wang, card)))
        .await;
    table.push(("GetMembershipCard", n, 1));
    let issue = wire::IssueMembershipCertificateRequest {
        membership_id: id.clone(),
        request_id: String::new(),
    };
    let (n, paper) = counter
        .of(world
            .certificates()
            .issue_membership_certificate(world.by(&wang, issue)))
        .await;
    table.push(("IssueMembershipCertificate", n, 8));
    let get = wire::GetMembershipCertificateRequest {
        membership_id: id.clone(),
    };
    let (n, _) = counter
        .of(world
            .certificates()
            .get_membership_certificate(world.by(&wang, get)))
        .await;
    table.push(("GetMembershipCertificate", n, 2));
    let download = wire::DownloadMembershipCertificateRequest {
        membership_id: id.clone(),
    };
    let (n, _) = counter
        .of(world
            .certificates()
            .download_membership_certificate(world.by(&wang, download)))
        .await;
    table.push(("DownloadMembershipCertificate", n, 2));
    let verify = wire::VerifyMembershipCertificateRequest {
        token: paper.url.rsplit('/').next().unwrap().to_owned(),
    };
    let (n, _) = counter
        .of(world
            .certificates()
            .verify_membership_certificate(Request::new(verify)))
        .await;
    table.push(("VerifyMembershipCertificate", n, 2));
    let suspend = wire::SuspendMembershipRequest {
        membership_id: id.clone(),
        reason: "调查".into(),
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .memberships()
            .suspend_membership(world.by(&world.desk, suspend)))
        .await;
    table.push(("SuspendMembership", n, 8));
    let resign = wire::ResignMembershipRequest {
        membership_id: id,
        ..Default::default()
    };
    let (n, _) = counter
        .of(world
            .memberships()
            .resign_membership(world.by(&wang, resign)))
        .await;
    table.push(("ResignMembership", n, 6));

    // ---- Verification and consents ----
    let (n, _) = counter
        .of(world
            .verification()
            .verify_card(Request::new(wire::VerifyCardRequest { token: card.token })))
        .await;
    table.push(("VerifyCard", n, 1));
    let keys = wire::GetCardKeysRequest {};
    let (n, _) = counter
        .of(world.verification().get_card_keys(Request::new(keys)))
        .await;
    table.push(("GetCardKeys", n, 0));
    let query = wire::MembershipQuery {
        member_number: member.member_number,
        person_number: String::new(),
    };
    let one = wire::VerifyMembershipRequest {
        organisation_id: society.clone(),
        query: Some(query.clone()),
    };
    let (n, _) = counter
        .of(world
            .verification()
            .verify_membership(world.by(&system, one)))
        .await;
    table.push(("VerifyMembership", n, 3));
    let many = wire::BatchVerifyMembershipsRequest {
        organisation_id: society,
        queries: vec![query; 1_000],
    };
    let (n, _) = counter
        .of(world
            .verification()
            .batch_verify_memberships(world.by(&system, many)))
        .await;
    table.push(("BatchVerifyMemberships, 1,000", n, 3));
    let (n, consents) = counter
        .of(world
            .consents()
            .list_my_consents(world.by(&wang, Default::default())))
        .await;
    table.push(("ListMyConsents", n, 1));
    let withdraw = wire::WithdrawConsentRequest {
        consent_id: consents.consents[0].consent_id.clone(),
        request_id: String::new(),
    };
    let (n, _) = counter
        .of(world.consents().withdraw_consent(world.by(&wang, withdraw)))
        .await;
    table.push(("WithdrawConsent", n, 2));

    let wrong: Vec<_> = table
        .iter()
        .filter(|(_, counted, expected)| counted != expected)
        .collect();
    assert!(wrong.is_empty(), "(call, counted, expected): {wrong:#?}");
}
