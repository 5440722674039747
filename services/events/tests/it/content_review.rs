//! Review of activities before they are published: the second user of `crates/approvals`.

use events::content_review::reminders;
use kit::{
    access::{Caller, put_grant},
    db::Db,
};
use proto_approvals::v1::{
    self as approvals, Deciders, Route, RouteStep, case, deciders::Place, route_step::Quorum,
};
use proto_events::v1::{
    self as wire, Activity, ActivityPublished, ActivityReview, activity,
    content_review_client::ContentReviewClient, content_routes_client::ContentRoutesClient,
    decide_activity_request::Decision,
};
use proto_notices::v1::{NoticeAsked, NoticePeople, notice_asked::To};
use testkit::Signing;
use time::Duration;
use tonic::{Response, Status};
use uuid::Uuid;
use workdays::Calendar;

use crate::{
    covers::png,
    registration_forms::definition,
    world::{NOW, World, as_, ok, person, person_id, refused},
};

pub fn step(title: &str) -> RouteStep {
    RouteStep {
        title_zh: title.into(),
        deciders: Some(Deciders {
            permission: "activities.review".into(),
            place: Place::Own.into(),
            ..Default::default()
        }),
        quorum: Quorum::One.into(),
        four_eyes: true,
        working_days: 3,
        may_return: true,
        may_reject: true,
        ..Default::default()
    }
}

impl World {
    pub fn content_routes(&self) -> ContentRoutesClient<Signing> {
        ContentRoutesClient::new(self.channel())
    }

    pub fn content_review(&self) -> ContentReviewClient<Signing> {
        ContentReviewClient::new(self.channel())
    }

    /// Holds a role on the society.
    pub async fn holder(&self, role: &str) -> Caller {
        let caller = person();
        let mut conn = self.pool().acquire().await.expect("a connection");
        let (grant, who) = (Uuid::now_v7(), person_id(&caller));
        put_grant(&mut conn, grant, who, role, self.society)
            .await
            .expect("a grant");
        caller
    }

    pub async fn save_route(&self, by: &Caller, steps: Vec<RouteStep>) -> approvals::RouteSettings {
        let request = approvals::SaveRouteDraftRequest {
            organisation_id: self.society.to_string(),
            route: Some(Route { steps }),
            etag: "*".into(),
            ..Default::default()
        };
        let mut routes = self.content_routes();
        ok(routes.save_content_route_draft(as_(by, request)).await)
    }

    /// Drafted by one administrator and published by another.
    pub async fn route(&self, steps: Vec<RouteStep>) {
        let one = self.holder("organisation.administrator").await;
        let other = self.holder("organisation.administrator").await;
        let saved = self.save_route(&one, steps).await;
        let request = approvals::PublishRouteRequest {
            organisation_id: self.society.to_string(),
            etag: saved.etag,
            ..Default::default()
        };
        let mut routes = self.content_routes();
        ok(routes.publish_content_route(as_(&other, request)).await);
    }

    pub async fn submit(
        &self,
        by: &Caller,
        activity: &Activity,
    ) -> Result<Response<ActivityReview>, Status> {
        let request = wire::SubmitActivityRequest {
            activity_id: activity.activity_id.clone(),
            request_id: String::new(),
        };
        self.content_review()
            .submit_activity(as_(by, request))
            .await
    }

    pub async fn decide(
        &self,
        by: &Caller,
        activity: &Activity,
        step: i32,
        decision: Decision,
    ) -> Result<Response<ActivityReview>, Status> {
        let request = decision_request(&activity.activity_id, step, decision);
        self.content_review()
            .decide_activity(as_(by, request))
            .await
    }
}

pub fn decision_request(
    activity_id: &str,
    step: i32,
    decision: Decision,
) -> wire::DecideActivityRequest {
    wire::DecideActivityRequest {
        activity_id: activity_id.into(),
        step,
        decision: decision.into(),
        reason: match decision {
            Decision::Pass | Decision::Unspecified => String::new(),
            Decision::Return | Decision::Reject => "请写明主讲人".into(),
        },
        ..Default::default()
    }
}

async fn publish(
    world: &World,
    by: &Caller,
    activity: &Activity,
) -> Result<Response<Activity>, Status> {
    let request = wire::PublishActivityRequest {
        activity_id: activity.activity_id.clone(),
        request_id: String::new(),
    };
    world.activities().publish_activity(as_(by, request)).await
}

async fn rename(
    world: &World,
    by: &Caller,
    activity: &Activity,
) -> Result<Response<Activity>, Status> {
    let request = wire::UpdateActivityRequest {
        activity_id: activity.activity_id.clone(),
        title: Some("改名的报告会".into()),
        etag: "*".into(),
        ..Default::default()
    };
    world.activities().update_activity(as_(by, request)).await
}

async fn events<M: prost::Message + prost::Name + Default>(world: &World) -> Vec<M> {
    let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
        "select payload from eventlog.outbox where event_type = $1 order by seq",
    )
    .bind(M::NAME)
    .fetch_all(world.pool())
    .await
    .unwrap();
    let decode = |payload: &Vec<u8>| M::decode(payload.as_slice()).unwrap();
    payloads.iter().map(decode).collect()
}

fn state(review: &ActivityReview) -> (activity::State, case::State, i32) {
    let case = review.case.as_ref().unwrap();
    (
        review.activity.as_ref().unwrap().state(),
        case.state(),
        case.step,
    )
}

#[tokio::test]
async fn the_last_step_of_a_review_publishes() {
    let world = World::new().await;
    let draft = world.draft(20).await;
    assert_eq!(
        refused(world.submit(&world.staff, &draft).await),
        "ACTIVITY_WITHOUT_ROUTE"
    );
    world.route(vec![step("内容初审"), step("内容终审")]).await;
    assert_eq!(
        refused(publish(&world, &world.staff, &draft).await),
        "ACTIVITY_NEEDS_REVIEW"
    );
    let (one, other) = (
        world.holder("society.approver").await,
        world.holder("society.approver").await,
    );
    assert_eq!(
        refused(world.decide(&one, &draft, 1, Decision::Pass).await),
        "ACTIVITY_NOT_SUBMITTED"
    );
    let submitted = ok(world.submit(&world.staff, &draft).await);
    assert_eq!(
        state(&submitted),
        (activity::State::Draft, case::State::Waiting, 1)
    );
    assert_eq!(
        refused(world.submit(&world.staff, &draft).await),
        "CASE_STATE"
    );
    assert_eq!(
        refused(publish(&world, &world.staff, &draft).await),
        "ACTIVITY_IN_REVIEW"
    );
    assert_eq!(
        refused(rename(&world, &world.staff, &draft).await),
        "ACTIVITY_IN_REVIEW"
    );
    // It stands in the queue of those who review, who may decide it.
    let request = wire::ListActivityReviewsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let mut review = world.content_review();
    let queue = ok(review.list_activity_reviews(as_(&one, request)).await);
    assert_eq!(queue.reviews.len(), 1);
    assert!(queue.reviews[0].case.as_ref().unwrap().decidable);

    let passed = ok(world.decide(&one, &draft, 1, Decision::Pass).await);
    assert_eq!(
        state(&passed),
        (activity::State::Draft, case::State::Waiting, 2)
    );
    assert_eq!(
        refused(world.decide(&one, &draft, 2, Decision::Pass).await),
        "CASE_FOUR_EYES"
    );
    assert_eq!(
        refused(world.decide(&other, &draft, 1, Decision::Pass).await),
        "CASE_STEP_OVER"
    );
    let published = ok(world.decide(&other, &draft, 2, Decision::Pass).await);
    assert_eq!(
        state(&published),
        (activity::State::Published, case::State::Passed, 2)
    );
    assert_eq!(events::<ActivityPublished>(&world).await.len(), 1);
    let told: Vec<String> = events::<NoticeAsked>(&world)
        .await
        .into_iter()
        .map(|notice| notice.template)
        .collect();
    assert_eq!(
        told,
        [
            "activity_review_waits",
            "activity_review_waits",
            "activity_review_passed"
        ]
    );
    world.invariants().await;
}

#[tokio::test]
async fn those_who_worked_on_an_activity_do_not_review_it() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let draft = world.draft(20).await;
    // An administrator mends it, and another one submits it: neither decides.
    let editor = world.holder("organisation.administrator").await;
    let submitter = world.holder("organisation.administrator").await;
    ok(rename(&world, &editor, &draft).await);
    ok(world.submit(&submitter, &draft).await);
    for worker in [&editor, &submitter] {
        assert_eq!(
            refused(world.decide(worker, &draft, 1, Decision::Pass).await),
            "OWN_AFFAIRS"
        );
    }
    // Whose role ends does not decide, whatever the route says.
    let reviewer = world.holder("society.approver").await;
    sqlx::query("delete from access.grants where person_id = $1")
        .bind(person_id(&reviewer))
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(
        refused(world.decide(&reviewer, &draft, 1, Decision::Pass).await),
        "PERMISSION_DENIED"
    );
    world.invariants().await;
}

#[tokio::test]
async fn the_cover_and_the_form_are_part_of_what_is_reviewed() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let draft = world.draft(20).await;
    let administrator = async || world.holder("organisation.administrator").await;
    let (painter, author) = (administrator().await, administrator().await);
    // One proposes the cover and another writes the form; colleagues publish both.
    let upload = world.uploaded(&painter, &draft, &png(600, 10)).await;
    let cover = world.propose_cover(&painter, &draft, &upload, "").await;
    let cover = ok(world.publish_cover(&world.staff, &ok(cover)).await);
    let before = world.form_draft(&author, &draft).await.etag;
    let saved = world.save_form(&author, &draft, definition(), &before);
    let etag = ok(saved.await).etag;
    ok(world.publish_form(&world.staff, &draft, &etag).await);
    let upload = world.uploaded(&painter, &draft, &png(600, 20)).await;
    let waiting = ok(world.propose_cover(&painter, &draft, &upload, "").await);
    ok(world.submit(&world.staff, &draft).await);

    // Under review nothing of it changes.
    let upload = world.uploaded(&painter, &draft, &png(600, 30)).await;
    for refusal in [
        refused(world.propose_cover(&painter, &draft, &upload, "").await),
        refused(world.publish_cover(&world.staff, &waiting).await),
        refused(world.withdraw_cover(&world.staff, &cover).await),
        refused(world.save_form(&author, &draft, definition(), "*").await),
    ] {
        assert_eq!(refusal, "ACTIVITY_IN_REVIEW");
    }
    // A proposal is no part of it.
    ok(world.withdraw_cover(&painter, &waiting).await);
    for worker in [&painter, &author] {
        assert_eq!(
            refused(world.decide(worker, &draft, 1, Decision::Pass).await),
            "OWN_AFFAIRS"
        );
    }
    // Who reviews, and prepares nothing, sees the draft with its cover and its form.
    let reviewer = world.holder("society.approver").await;
    let request = wire::GetActivityRequest {
        activity_id: draft.activity_id.clone(),
    };
    let seen = ok(world
        .activities()
        .get_activity(as_(&reviewer, request.clone()))
        .await);
    assert!(seen.cover.is_some());
    assert_eq!(seen.form_version, 1);
    let form = wire::GetRegistrationFormRequest {
        activity_id: draft.activity_id.clone(),
        version: seen.form_version,
    };
    let mut forms = world.registration_forms();
    let form = ok(forms.get_registration_form(as_(&reviewer, form)).await);
    assert_eq!(form.form.unwrap().version, 1);
    assert_eq!(
        refused(
            world
                .activities()
                .get_activity(as_(&person(), request))
                .await
        ),
        "NOT_FOUND"
    );
    ok(world.decide(&reviewer, &draft, 1, Decision::Pass).await);
    world.invariants().await;
}

#[tokio::test]
async fn a_returned_activity_is_mended_and_submitted_again_and_a_refused_one_is_over() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let reviewer = world.holder("society.approver").await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    let returned = ok(world.decide(&reviewer, &draft, 1, Decision::Return).await);
    assert_eq!(returned.reason, "请写明主讲人");
    let request = wire::ListOrganisationActivitiesRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let mut activities = world.activities();
    let list = activities.list_organisation_activities(as_(&world.staff, request));
    let list = ok(list.await);
    assert!(list.reviewed);
    assert_eq!(list.activities[0].review_reason, "请写明主讲人");
    assert_eq!(
        list.activities[0].review.as_ref().unwrap().state(),
        case::State::Returned
    );
    ok(rename(&world, &world.staff, &draft).await);
    ok(world.submit(&world.staff, &draft).await);
    ok(world.decide(&reviewer, &draft, 1, Decision::Reject).await);
    for refusal in [
        refused(publish(&world, &world.staff, &draft).await),
        refused(world.submit(&world.staff, &draft).await),
    ] {
        assert!(
            ["ACTIVITY_REVIEW_ENDED", "CASE_STATE"].contains(&refusal.as_str()),
            "{refusal}"
        );
    }
    world.invariants().await;
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_too_late() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    let (one, other) = (
        world.holder("society.approver").await,
        world.holder("society.approver").await,
    );
    let held = world.hold_seats(&draft).await;
    let (first, second, ()) = tokio::join!(
        world.decide(&one, &draft, 1, Decision::Pass),
        world.decide(&other, &draft, 1, Decision::Reject),
        async {
            world.until_waiting_for_locks(2).await;
            held.rollback().await.unwrap();
        }
    );
    let (taken, late) = match (first, second) {
        (Ok(taken), late) | (late, Ok(taken)) => (taken.into_inner(), late),
        both => panic!("neither was taken: {both:?}"),
    };
    assert_ne!(state(&taken).1, case::State::Waiting);
    assert_eq!(refused(late), "CASE_STATE");
    world.invariants().await;
}

#[tokio::test]
async fn what_passes_too_late_to_begin_is_not_published_half() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let reviewer = world.holder("society.approver").await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    world.clock.set(NOW + Duration::days(30));
    assert_eq!(
        refused(world.decide(&reviewer, &draft, 1, Decision::Pass).await),
        "ACTIVITY_STARTS_IN_PAST"
    );
    let request = wire::GetActivityReviewRequest {
        activity_id: draft.activity_id.clone(),
    };
    let mut review = world.content_review();
    let stands = ok(review.get_activity_review(as_(&reviewer, request)).await);
    assert_eq!(
        state(&stands),
        (activity::State::Draft, case::State::Waiting, 1)
    );
    assert!(stands.case.unwrap().overdue);
    ok(world.decide(&reviewer, &draft, 1, Decision::Return).await);
    world.invariants().await;
}

#[tokio::test]
async fn what_is_overdue_is_counted_and_its_deciders_are_reminded() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let reviewer = world.holder("society.approver").await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    let counts = async || {
        let request = wire::ListActivityReviewsRequest {
            organisation_id: world.society.to_string(),
            ..Default::default()
        };
        let mut review = world.content_review();
        let queue = ok(review.list_activity_reviews(as_(&reviewer, request)).await);
        (queue.waiting, queue.overdue)
    };
    assert_eq!(counts().await, (1, 0));
    let db = Db::new(world.pool().clone(), eventlog::Nudge::new());
    let remind = async || {
        let now = world.clock.now();
        reminders::remind(&db, Calendar::china(), now)
            .await
            .unwrap();
        let notices = events::<NoticeAsked>(&world).await;
        let overdue = |n: &NoticeAsked| n.template == "activity_reviews_overdue";
        notices.into_iter().filter(overdue).collect::<Vec<_>>()
    };
    assert_eq!(remind().await, []);
    world.clock.set(NOW + Duration::days(20));
    assert_eq!(counts().await, (1, 1));
    let told = remind().await;
    let Some(To::People(people)) = &told[0].to else {
        panic!("by name: {told:?}");
    };
    assert!(
        people
            .person_ids
            .contains(&person_id(&reviewer).to_string())
    );
    // Once a day, and by one replica.
    assert_eq!(remind().await.len(), 1);
    world.invariants().await;
}

#[tokio::test]
async fn reviewers_are_told_when_what_they_let_pass_is_changed() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let reviewer = world.holder("society.approver").await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    ok(world.decide(&reviewer, &draft, 1, Decision::Pass).await);
    let told = async || {
        let notices = events::<NoticeAsked>(&world).await;
        let changed = notices
            .into_iter()
            .filter(|n| n.template == "activity_changed_after_review");
        changed.map(|notice| notice.to).collect::<Vec<_>>()
    };
    assert_eq!(told().await, []);
    ok(rename(&world, &world.staff, &draft).await);
    let to = Some(To::People(NoticePeople {
        person_ids: vec![person_id(&reviewer).to_string()],
    }));
    assert_eq!(told().await, std::slice::from_ref(&to));
    // The same for the cover and the form.
    let colleague = world.holder("society.activity_desk").await;
    let upload = world.uploaded(&colleague, &draft, &png(600, 10)).await;
    let cover = world.propose_cover(&colleague, &draft, &upload, "").await;
    let cover = ok(world.publish_cover(&world.staff, &ok(cover)).await);
    assert_eq!(told().await.len(), 2);
    ok(world.withdraw_cover(&world.staff, &cover).await);
    assert_eq!(told().await.len(), 3);
    let before = world.form_draft(&colleague, &draft).await.etag;
    let saved = world.save_form(&colleague, &draft, definition(), &before);
    let etag = ok(saved.await).etag;
    ok(world.publish_form(&world.staff, &draft, &etag).await);
    assert_eq!(told().await, vec![to; 4]);
    world.invariants().await;
}

#[tokio::test]
async fn a_reviewer_who_returned_it_may_mend_it_and_then_decides_no_more() {
    let world = World::new().await;
    world.route(vec![step("内容审核")]).await;
    let reviewer = world.holder("organisation.administrator").await;
    let draft = world.draft(20).await;
    ok(world.submit(&world.staff, &draft).await);
    ok(world.decide(&reviewer, &draft, 1, Decision::Return).await);
    // Meanwhile there is another route: the new round takes it.
    world.route(vec![step("内容初审"), step("内容终审")]).await;
    ok(rename(&world, &reviewer, &draft).await);
    let again = ok(world.submit(&world.staff, &draft).await);
    assert_eq!(again.case.as_ref().unwrap().route_version, 2);
    assert_eq!(again.case.unwrap().steps, 2);
    world.invariants().await;
    assert_eq!(
        refused(world.decide(&reviewer, &draft, 1, Decision::Pass).await),
        "OWN_AFFAIRS"
    );
    // Without a route any more there is nothing to submit it to.
    let request = wire::WithdrawActivityRequest {
        activity_id: draft.activity_id.clone(),
        request_id: String::new(),
    };
    let mut review = world.content_review();
    ok(review.withdraw_activity(as_(&world.staff, request)).await);
    world.route(Vec::new()).await;
    assert_eq!(
        refused(world.submit(&world.staff, &draft).await),
        "ACTIVITY_WITHOUT_ROUTE"
    );
    ok(publish(&world, &world.staff, &draft).await);
    world.invariants().await;
}
