//! Applications on a route of their organisation.

use proto_approvals::v1::{
    self as approvals, Deciders, Route, RouteStep, case, deciders::Place, route_step::Quorum,
};
use proto_membership::v1::{
    self as wire, Application, application::State,
    application_routes_client::ApplicationRoutesClient, decide_application_step_request::Decision,
};
use proto_notices::v1::{NoticeAsked, notice_asked::To};
use testkit::Signing;
use time::macros::datetime;
use tonic::{Response, Status};
use tonic_types::StatusExt as _;

use crate::world::{Actor, World, reason};

pub const REVIEW: &str = "applications.review";
pub const APPROVE: &str = "applications.approve";

/// A step of those who hold a permission on the society.
pub fn step(title: &str, permission: &str) -> RouteStep {
    RouteStep {
        title_zh: title.into(),
        deciders: Some(Deciders {
            permission: permission.into(),
            place: Place::Own.into(),
            ..Default::default()
        }),
        quorum: Quorum::One.into(),
        four_eyes: true,
        working_days: 5,
        may_return: true,
        may_reject: true,
        ..Default::default()
    }
}

/// A step of named people.
pub fn people(title: &str, named: &[&Actor]) -> RouteStep {
    RouteStep {
        deciders: Some(Deciders {
            person_ids: named.iter().map(|actor| actor.id.to_string()).collect(),
            ..Default::default()
        }),
        ..step(title, "")
    }
}

impl World {
    pub fn application_routes(&self) -> ApplicationRoutesClient<Signing> {
        ApplicationRoutesClient::new(self.stage.channel.clone())
    }

    pub async fn save_route(
        &self,
        by: &Actor,
        steps: Vec<RouteStep>,
    ) -> Result<approvals::RouteSettings, Status> {
        let request = approvals::SaveRouteDraftRequest {
            organisation_id: self.society.to_string(),
            route: Some(Route { steps }),
            etag: "*".into(),
            ..Default::default()
        };
        let mut routes = self.application_routes();
        let saved = routes.save_application_route_draft(self.by(by, request));
        saved.await.map(Response::into_inner)
    }

    pub async fn publish_route(
        &self,
        by: &Actor,
        etag: &str,
    ) -> Result<approvals::RouteSettings, Status> {
        let request = approvals::PublishRouteRequest {
            organisation_id: self.society.to_string(),
            etag: etag.into(),
            ..Default::default()
        };
        let mut routes = self.application_routes();
        let published = routes.publish_application_route(self.by(by, request));
        published.await.map(Response::into_inner)
    }

    /// Drafted by one administrator and published by another.
    pub async fn route(&self, steps: Vec<RouteStep>) -> approvals::RouteSettings {
        let role = "organisation.administrator";
        let (one, other) = (
            self.staff(role, self.society).await,
            self.staff(role, self.society).await,
        );
        let saved = self.save_route(&one, steps).await.unwrap();
        self.publish_route(&other, &saved.etag).await.unwrap()
    }

    pub async fn decide(
        &self,
        by: &Actor,
        application_id: &str,
        step: i32,
        decision: Decision,
    ) -> Result<Application, Status> {
        let request = decision_request(application_id, step, decision);
        let mut applications = self.applications();
        let decided = applications.decide_application_step(self.by(by, request));
        decided.await.map(Response::into_inner)
    }

    pub async fn pass_step(&self, by: &Actor, application_id: &str, step: i32) -> Application {
        let passed = self.decide(by, application_id, step, Decision::Pass).await;
        passed.unwrap()
    }

    pub async fn delegate(
        &self,
        by: &Actor,
        from: &Actor,
        to: &Actor,
    ) -> Result<approvals::Delegation, Status> {
        let request = approvals::CreateDelegationRequest {
            organisation_id: self.society.to_string(),
            from_person_id: from.id.to_string(),
            to_person_id: to.id.to_string(),
            starts_on: "2026-05-01".into(),
            ends_on: "2026-05-20".into(),
            ..Default::default()
        };
        let mut routes = self.application_routes();
        let made = routes.create_application_delegation(self.by(by, request));
        made.await.map(Response::into_inner)
    }
}

pub fn decision_request(
    application_id: &str,
    step: i32,
    decision: Decision,
) -> wire::DecideApplicationStepRequest {
    wire::DecideApplicationStepRequest {
        application_id: application_id.into(),
        step,
        decision: decision.into(),
        reason: match decision {
            Decision::Pass | Decision::Unspecified => String::new(),
            Decision::Return | Decision::Reject => "请补充推荐信".into(),
        },
        ..Default::default()
    }
}

pub fn stands(application: &Application) -> (State, case::State, i32, i32) {
    let case = application.case.as_ref().unwrap();
    (application.state(), case.state(), case.step, case.steps)
}

pub fn told(notices: &[NoticeAsked], template: &str) -> usize {
    let of = |notice: &&NoticeAsked| notice.template == template;
    notices.iter().filter(of).count()
}

/// The people whom a notice names.
pub fn people_of(notice: &NoticeAsked) -> Vec<String> {
    match &notice.to {
        Some(To::People(people)) => people.person_ids.clone(),
        other => panic!("told by name: {other:?}"),
    }
}

#[tokio::test]
async fn an_application_walks_three_steps_and_the_last_one_admits() {
    let world = World::new().await;
    let director = world.staff("society.approver", world.society).await;
    world
        .route(vec![
            step("初审", REVIEW),
            step("复审", APPROVE),
            people("理事长审定", &[&director]),
        ])
        .await;
    let wang = world.person("王芳");
    let submitted = world.submitted(&wang).await;
    let id = submitted.application_id.clone();
    assert_eq!(
        stands(&submitted),
        (State::InFirstReview, case::State::Waiting, 1, 3)
    );
    // The applicant sees the way and the expected day, and by whom it is decided nowhere.
    let shown = submitted.case.unwrap();
    let titles: Vec<&str> = shown.stages.iter().map(|s| s.title_zh.as_str()).collect();
    assert_eq!(titles, ["初审", "复审", "理事长审定"]);
    assert_eq!((shown.route_version, shown.decidable), (1, false));
    // Friday 1 May is a holiday until the 5th, and Saturday the 9th is worked: five days are over on the 11th.
    assert_eq!(shown.stages[0].due_on, "2026-05-11");
    assert_eq!(shown.expected_on, "2026-05-25");
    let limit = submitted.review_deadline.unwrap();
    assert_eq!(
        (limit.working_days, limit.due_on.as_str()),
        (5, "2026-05-11")
    );

    let seen = world.application(&world.reviewer, &id).await.unwrap();
    assert!(seen.case.unwrap().decidable);
    let passed = world.pass_step(&world.reviewer, &id, 1).await;
    assert_eq!(
        stands(&passed),
        (State::InFirstReview, case::State::Waiting, 2, 3)
    );
    let first = &passed.case.as_ref().unwrap().stages[0];
    assert_eq!(first.decisions[0].person_number, world.reviewer.number);
    let mine = world.application(&wang, &id).await.unwrap().case.unwrap();
    assert_eq!(mine.stages[0].decisions[0].person_number, "");
    // The reviewer of the first step does not hold what the second asks for.
    let refused = world.decide(&world.reviewer, &id, 2, Decision::Pass).await;
    assert_eq!(reason(refused), "CASE_FOUR_EYES");
    let passed = world.pass_step(&world.approver, &id, 2).await;
    assert_eq!(
        stands(&passed),
        (State::InFinalReview, case::State::Waiting, 3, 3)
    );
    assert_eq!(
        reason(world.decide(&world.desk, &id, 3, Decision::Pass).await),
        "PERMISSION_DENIED",
        "without the permission to review no one decides"
    );
    let another = world.staff("society.approver", world.society).await;
    assert_eq!(
        reason(world.decide(&another, &id, 3, Decision::Pass).await),
        "CASE_NOT_YOURS"
    );
    let admitted = world.pass_step(&director, &id, 3).await;
    assert_eq!(
        stands(&admitted),
        (State::Approved, case::State::Passed, 3, 3)
    );
    assert!(!admitted.membership_id.is_empty());

    let notices = world.events::<NoticeAsked>().await;
    assert_eq!(told(&notices, "applications_step"), 3);
    assert_eq!(told(&notices, "application_approved"), 1);
    let last = notices.iter().rfind(|n| n.template == "applications_step");
    assert_eq!(people_of(last.unwrap()), [director.id.to_string()]);
    let moves: Vec<(i32, i32)> = world
        .events::<wire::ApplicationMoved>()
        .await
        .iter()
        .map(|moved| (moved.from_state, moved.to_state))
        .collect();
    // Of the steps in between nothing is published: the state stays the same.
    assert_eq!(moves, [(1, 2), (2, 3), (3, 5)]);
    world.check().await;
}

#[tokio::test]
async fn one_step_is_a_final_review_and_the_old_methods_decide_it() {
    let world = World::new().await;
    world.route(vec![step("审定", APPROVE)]).await;
    let submitted = world.submitted(&world.person("王芳")).await;
    let id = submitted.application_id.clone();
    assert_eq!(
        stands(&submitted),
        (State::InFinalReview, case::State::Waiting, 1, 1)
    );
    assert_eq!(
        reason(world.pass(&world.reviewer, &id).await),
        "APPLICATION_STATE"
    );
    let approved = world.approve(&world.approver, &id).await.unwrap();
    assert_eq!(approved.state(), State::Approved);
    world.check().await;
}

#[tokio::test]
async fn the_old_methods_say_where_a_longer_route_stands() {
    let world = World::new().await;
    world
        .route(vec![
            step("初审", REVIEW),
            step("复审", REVIEW),
            step("终审", APPROVE),
        ])
        .await;
    let id = world.submitted(&world.person("王芳")).await.application_id;
    world.pass(&world.reviewer, &id).await.unwrap();
    let other = world.staff("society.reviewer", world.society).await;
    assert_eq!(reason(world.pass(&other, &id).await), "APPLICATION_ROUTED");
    assert_eq!(
        reason(world.approve(&world.approver, &id).await),
        "APPLICATION_STATE"
    );
    world.pass_step(&other, &id, 2).await;
    let approved = world.approve(&world.approver, &id).await.unwrap();
    assert_eq!(approved.state(), State::Approved);
    world.check().await;
}

#[tokio::test]
async fn without_a_route_a_step_is_one_of_the_two_reviews() {
    let world = World::new().await;
    let submitted = world.submitted(&world.person("王芳")).await;
    let id = submitted.application_id.clone();
    assert_eq!(
        stands(&submitted),
        (State::InFirstReview, case::State::Waiting, 1, 2)
    );
    let decide = async |by: &Actor, step, decision| world.decide(by, &id, step, decision).await;
    assert_eq!(
        reason(decide(&world.reviewer, 1, Decision::Reject).await),
        "CASE_NO_REJECTION"
    );
    assert_eq!(
        reason(decide(&world.reviewer, 2, Decision::Pass).await),
        "PERMISSION_DENIED"
    );
    decide(&world.approver, 1, Decision::Pass).await.unwrap();
    assert_eq!(
        reason(decide(&world.reviewer, 1, Decision::Pass).await),
        "CASE_STEP_OVER"
    );
    assert_eq!(
        reason(decide(&world.approver, 2, Decision::Pass).await),
        "FOUR_EYES"
    );
    let other = world.staff("society.approver", world.society).await;
    let approved = decide(&other, 2, Decision::Pass).await.unwrap();
    assert_eq!(stands(&approved).1, case::State::Passed);
    world.check().await;
}

#[tokio::test]
async fn a_route_is_published_by_a_second_person_and_only_if_it_can_be_walked() {
    let world = World::new().await;
    let role = "organisation.administrator";
    let one = world.staff(role, world.society).await;
    let other = world.staff(role, world.society).await;
    // Administrators review and approve as well: seven would have to.
    let lonely = RouteStep {
        quorum: Quorum::AtLeast.into(),
        at_least: 7,
        ..step("会审", REVIEW)
    };
    let saved = world
        .save_route(&one, vec![step("初审", REVIEW), lonely])
        .await
        .unwrap();
    assert_eq!(saved.lacks.len(), 1);
    assert_eq!((saved.lacks[0].step, saved.lacks[0].needed), (2, 7));
    assert_eq!((saved.version, saved.publishable), (0, false));
    assert_eq!(
        reason(world.publish_route(&one, &saved.etag).await),
        "ROUTE_FOUR_EYES"
    );
    let refused = world.publish_route(&other, &saved.etag).await.unwrap_err();
    let fields = refused.get_error_details();
    let fields = &fields.bad_request().unwrap().field_violations;
    assert_eq!(fields[0].field, "route.steps[1].deciders");
    assert_eq!(
        reason::<approvals::RouteSettings>(Err(refused)),
        "ROUTE_UNWALKABLE"
    );
    // What cannot be a route is refused when it is saved, with the place.
    let wrong = RouteStep {
        may_return: false,
        may_reject: false,
        ..step("审", "grants.manage")
    };
    let refused = world.save_route(&one, vec![wrong]).await.unwrap_err();
    let details = refused.get_error_details();
    let paths: Vec<&str> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        paths,
        ["route.steps[0].deciders", "route.steps[0].may_return"]
    );
    // An outdated draft is not published.
    let mended = world
        .save_route(&one, vec![step("初审", REVIEW)])
        .await
        .unwrap();
    assert_eq!(
        reason(world.publish_route(&other, &saved.etag).await),
        "ETAG_MISMATCH"
    );
    let published = world.publish_route(&other, &mended.etag).await.unwrap();
    assert_eq!((published.version, published.draft), (1, None));
    assert_eq!(published.published.unwrap().steps.len(), 1);
    world.check().await;
}

#[tokio::test]
async fn an_application_keeps_its_route_when_another_one_is_published() {
    let world = World::new().await;
    let (li, wang) = (world.person("李明"), world.person("王芳"));
    let begun = world.submitted(&li).await.application_id;
    world
        .route(vec![step("初审", REVIEW), step("终审", APPROVE)])
        .await;
    let id = world.submitted(&wang).await.application_id;
    world.route(vec![step("审定", APPROVE)]).await;
    let passed = world.pass_step(&world.reviewer, &id, 1).await;
    assert_eq!(passed.case.as_ref().unwrap().route_version, 1);
    assert_eq!(stands(&passed).2, 2);
    let later = world.submitted(&world.person("赵敏")).await;
    assert_eq!(later.case.unwrap().route_version, 2);
    // A correction begins a new round, on the route that is published by then.
    world.send_back(&world.approver, &id).await.unwrap();
    let again = world.submit(&wang, &id).await.unwrap();
    assert_eq!(
        (
            stands(&again).2,
            stands(&again).3,
            again.case.unwrap().route_version
        ),
        (1, 1, 2)
    );
    // What was submitted before there was a route has the two reviews, until it is corrected.
    let back = world.send_back(&world.reviewer, &begun).await.unwrap();
    assert_eq!(back.case.unwrap().route_version, 0);
    let again = world.submit(&li, &begun).await.unwrap();
    assert_eq!(again.case.unwrap().route_version, 2);
    // Without steps the organisation is without a route again; what was on one stays on it.
    world.route(Vec::new()).await;
    world.send_back(&world.approver, &id).await.unwrap();
    let again = world.submit(&wang, &id).await.unwrap();
    assert_eq!(again.case.unwrap().route_version, 2);
    world.pass_step(&world.approver, &id, 1).await;
    world.pass_step(&world.approver, &begun, 1).await;
    let plain = world.submitted(&world.person("陈晨")).await.case.unwrap();
    assert_eq!((plain.route_version, plain.steps), (0, 2));
    world.check().await;
}

#[tokio::test]
async fn a_returned_application_begins_with_the_first_step_again_and_a_withdrawn_one_is_over() {
    let world = World::new().await;
    world
        .route(vec![step("初审", REVIEW), step("终审", APPROVE)])
        .await;
    let wang = world.person("王芳");
    let id = world.submitted(&wang).await.application_id;
    world.pass_step(&world.reviewer, &id, 1).await;
    let returned = world
        .decide(&world.approver, &id, 2, Decision::Return)
        .await
        .unwrap();
    assert_eq!(
        stands(&returned),
        (State::Returned, case::State::Returned, 2, 2)
    );
    assert_eq!(returned.decision_reason, "请补充推荐信");
    let again = world.submit(&wang, &id).await.unwrap();
    assert_eq!(
        stands(&again),
        (State::InFirstReview, case::State::Waiting, 1, 2)
    );
    // A new round: who decided before may decide now.
    world.pass_step(&world.reviewer, &id, 1).await;
    // What the application keeps of its case follows, also hours later.
    world.clock.set(datetime!(2026-05-06 10:00 +8));
    let withdrawn = world.withdraw(&wang, &id).await.unwrap();
    assert_eq!(
        stands(&withdrawn),
        (State::Withdrawn, case::State::Withdrawn, 2, 2)
    );
    let seen = world.application(&world.reviewer, &id).await.unwrap();
    assert_eq!(stands(&seen).1, case::State::Withdrawn);
    assert_eq!(
        reason(world.decide(&world.approver, &id, 2, Decision::Pass).await),
        "CASE_STATE"
    );
    world.check().await;
}

#[tokio::test]
async fn the_same_decision_sent_twice_is_taken_once() {
    let world = World::new().await;
    world
        .route(vec![step("初审", REVIEW), step("终审", APPROVE)])
        .await;
    let id = world.submitted(&world.person("王芳")).await.application_id;
    let request = wire::DecideApplicationStepRequest {
        request_id: "one".into(),
        ..decision_request(&id, 1, Decision::Pass)
    };
    let send = async || {
        let request = world.by(&world.reviewer, request.clone());
        world.applications().decide_application_step(request).await
    };
    let first = send().await.unwrap().into_inner();
    assert_eq!(send().await.unwrap().into_inner(), first);
    let entries: i64 = sqlx::query_scalar("select count(*) from approvals.case_entries")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(entries, 2, "submitted and passed");
    world.check().await;
}

#[tokio::test]
async fn who_decided_an_earlier_step_still_returns_and_the_reason_is_read_by_those_whom_it_concerns()
 {
    let world = World::new().await;
    world
        .route(vec![step("初审", REVIEW), step("终审", APPROVE)])
        .await;
    let wang = world.person("王芳");
    let id = world.submitted(&wang).await.application_id;
    world.pass_step(&world.approver, &id, 1).await;
    let seen = world.application(&world.approver, &id).await.unwrap();
    let held = seen.case.unwrap();
    assert_eq!(
        (
            held.decidable,
            held.may_pass,
            held.may_return,
            held.may_reject
        ),
        (true, false, true, true)
    );
    world
        .decide(&world.approver, &id, 2, Decision::Return)
        .await
        .unwrap();
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    for (reader, reason) in [(&world.reviewer, "请补充推荐信"), (&above, ""), (&wang, "")] {
        let seen = world.application(reader, &id).await.unwrap();
        assert_eq!(seen.case.unwrap().stages[1].decisions[0].reason, reason);
    }
    // Each answer to the applicant has the case.
    let request = wire::UpdateApplicationRequest {
        application_id: id.clone(),
        category: wire::MembershipCategory::Ordinary.into(),
        form: Some(crate::journey::form()),
        etag: "*".into(),
        ..Default::default()
    };
    let mut applications = world.applications();
    let updated = applications.update_application(world.by(&wang, request));
    let updated = updated.await.unwrap().into_inner();
    assert_eq!(
        stands(&updated),
        (State::Returned, case::State::Returned, 2, 2)
    );
    world.check().await;
}

#[tokio::test]
async fn a_route_that_could_be_stuck_is_refused_where_it_could() {
    let world = World::new().await;
    let role = "organisation.administrator";
    let one = world.staff(role, world.society).await;
    let other = world.staff(role, world.society).await;
    let fields = |refused: Status| -> Vec<String> {
        let details = refused.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        violations.iter().map(|v| v.field.clone()).collect()
    };
    // The staff of the headquarters do not see what they would decide.
    let parent = RouteStep {
        deciders: Some(Deciders {
            permission: REVIEW.into(),
            place: Place::Parent.into(),
            ..Default::default()
        }),
        ..step("终审", "")
    };
    let stuck = RouteStep {
        quorum: Quorum::AtLeast.into(),
        at_least: 2,
        may_return: false,
        ..step("会审", REVIEW)
    };
    let refused = world.save_route(&one, vec![parent, stuck]).await;
    assert_eq!(
        fields(refused.unwrap_err()),
        ["route.steps[0].deciders", "route.steps[1].may_return"]
    );
    // No one of the desk for members reviews.
    let nowhere = RouteStep {
        escalation: people("", &[&world.desk]).deciders,
        ..step("初审", REVIEW)
    };
    let saved = world.save_route(&one, vec![nowhere]).await.unwrap();
    assert_eq!(saved.lacks.len(), 1);
    assert!(saved.lacks[0].escalation);
    let refused = world.publish_route(&other, &saved.etag).await;
    assert_eq!(fields(refused.unwrap_err()), ["route.steps[0].escalation"]);
    // What was not read is not published.
    world
        .save_route(&one, vec![step("初审", REVIEW)])
        .await
        .unwrap();
    let refused = world.publish_route(&other, "*").await;
    assert_eq!(fields(refused.unwrap_err()), ["etag"]);
    world.check().await;
}
