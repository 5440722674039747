//! The time limit of a review step: from when, until when, and how many are overdue.

use kit::db::Db;
use membership::applications::reminders;
use proto_membership::v1 as wire;
use proto_notices::v1::NoticeAsked;
use time::macros::datetime;
use tonic::Response;
use workdays::Calendar;

use crate::world::{Actor, NOW, World};

async fn queue(world: &World) -> wire::ListApplicationsResponse {
    let request = wire::ListApplicationsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    world
        .applications()
        .list_applications(world.by(&world.reviewer, request))
        .await
        .unwrap()
        .into_inner()
}

async fn give(world: &World, administrator: &Actor, days: i32) -> wire::Organisation {
    let request = wire::UpdateOrganisationRequest {
        organisation_id: world.society.to_string(),
        review_days: Some(days),
        etag: "*".into(),
        ..Default::default()
    };
    world
        .organisations()
        .update_organisation(world.by(administrator, request))
        .await
        .map(Response::into_inner)
        .unwrap()
}

#[tokio::test]
async fn each_step_has_its_time_and_it_is_said_how_that_was_counted() {
    let world = World::new().await;
    let wang = world.person("王芳");
    assert_eq!(world.draft(&wang).await.review_deadline, None);
    let id = world.submitted(&world.person("李明")).await.application_id;
    // Friday 1 May 2026 is a holiday until the 5th; Saturday the 9th is worked.
    let whole = world.application(&world.reviewer, &id).await.unwrap();
    let limit = whole.review_deadline.unwrap();
    assert_eq!(
        (
            limit.from_day.as_str(),
            limit.due_on.as_str(),
            limit.working_days
        ),
        ("2026-05-01", "2026-05-18", 10)
    );
    assert_eq!((limit.working_days_left, limit.overdue), (10, false));
    assert_eq!(limit.days.len(), 17);
    assert_eq!(limit.days[0].kind(), wire::counted_day::Kind::Holiday);
    assert_eq!(limit.days[0].occasion, "劳动节");
    // Lists say the day and not how it was counted.
    let listed = queue(&world).await.applications.remove(0);
    assert!(listed.review_deadline.unwrap().days.is_empty());

    // The final review has its own time, from the day of passing.
    world.clock.set(datetime!(2026-05-11 10:00 +8));
    let passed = world.pass(&world.reviewer, &id).await.unwrap();
    assert_eq!(passed.review_deadline.unwrap().due_on, "2026-05-25");
    let approved = world.approve(&world.approver, &id).await.unwrap();
    assert_eq!(approved.review_deadline, None);
    world.check().await;
}

#[tokio::test]
async fn what_is_overdue_is_counted_and_a_longer_time_holds_at_once() {
    let world = World::new().await;
    let administrator = world
        .staff("organisation.administrator", world.society)
        .await;
    let first = world.submitted(&world.person("王芳")).await;
    world.clock.set(datetime!(2026-05-08 09:00 +8));
    let second = world.in_final_review(&world.person("李明")).await;
    world.clock.set(datetime!(2026-05-18 23:59:59 +8));
    assert_eq!(queue(&world).await.overdue, 0);
    world.clock.set(datetime!(2026-05-19 00:00 +8));
    let waiting = queue(&world).await;
    assert_eq!(
        (
            waiting.overdue,
            waiting.in_first_review,
            waiting.in_final_review
        ),
        (1, 1, 1)
    );
    let overdue: Vec<_> = waiting
        .applications
        .iter()
        .filter(|application| application.review_deadline.as_ref().unwrap().overdue)
        .map(|application| application.application_id.as_str())
        .collect();
    assert_eq!(overdue, [first.application_id.as_str()]);
    world.clock.set(datetime!(2026-06-15 09:00 +8));
    assert_eq!(queue(&world).await.overdue, 2);
    assert_eq!(give(&world, &administrator, 60).await.review_days, 60);
    assert_eq!(queue(&world).await.overdue, 0);
    let shown = world
        .application(&world.reviewer, &second.application_id)
        .await
        .unwrap();
    assert_eq!(shown.review_deadline.unwrap().working_days, 60);
    // Passing anew after a return begins a new time.
    world
        .send_back(&world.reviewer, &first.application_id)
        .await
        .unwrap();
    assert_eq!(queue(&world).await.in_first_review, 0);
    world.check().await;
}

#[tokio::test]
async fn those_who_review_are_reminded_once_a_working_day_while_something_is_overdue() {
    let world = World::new().await;
    let application = world.submitted(&world.person("王芳")).await;
    let db = Db::new(world.pool().clone(), eventlog::Nudge::new());
    let asked = async || {
        let asked: Vec<NoticeAsked> = world.events().await;
        let overdue = asked
            .iter()
            .filter(|asked| asked.template == "applications_overdue");
        overdue.count()
    };
    let remind = async |now| {
        reminders::remind(&db, Calendar::china(), now)
            .await
            .unwrap();
        asked().await
    };
    // The last day is 18 May 2026, a Monday.
    assert_eq!(remind(datetime!(2026-05-18 10:00 +8)).await, 0);
    assert_eq!(remind(datetime!(2026-05-19 08:00 +8)).await, 0);
    assert_eq!(remind(datetime!(2026-05-19 09:00 +8)).await, 1);
    assert_eq!(remind(datetime!(2026-05-19 17:00 +8)).await, 1);
    // Two replicas at once.
    let next = datetime!(2026-05-20 09:00 +8);
    tokio::join!(remind(next), remind(next));
    assert_eq!(asked().await, 2);
    // A Saturday, and the day after the decision.
    assert_eq!(remind(datetime!(2026-05-23 10:00 +8)).await, 2);
    let id = application.application_id;
    world.send_back(&world.reviewer, &id).await.unwrap();
    assert_eq!(remind(datetime!(2026-05-25 10:00 +8)).await, 2);
    world.check().await;
}

#[tokio::test]
async fn an_unannounced_year_is_said_and_nothing_counts_as_overdue() {
    let world = World::new().await;
    world.clock.set(datetime!(2031-03-03 09:00 +8));
    let application = world.submitted(&world.person("王芳")).await;
    let limit = application.review_deadline.unwrap();
    assert_eq!((limit.unannounced_year, limit.due_on.as_str()), (2031, ""));
    world.clock.set(datetime!(2031-09-03 09:00 +8));
    assert_eq!(queue(&world).await.overdue, 0);
    world.clock.set(NOW);
    world.check().await;
}
