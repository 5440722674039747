//! Who decides a step of a route: panels and their quorum, stand-ins, escalation, and who is told.

use kit::db::Db;
use membership::applications::reminders;
use proto_approvals::v1::{
    self as approvals, Deciders, RouteStep, case_decision, case_stage, route_step::Quorum,
};
use proto_membership::v1::{
    self as wire, application::State, decide_application_step_request::Decision,
};
use proto_notices::v1::NoticeAsked;
use time::macros::datetime;
use workdays::Calendar;

use crate::{
    routes::{APPROVE, REVIEW, people, people_of, stands, step, told},
    world::{Actor, World, reason},
};

#[tokio::test]
async fn a_panel_decides_by_its_quorum_and_refuses_once_too_few_are_left() {
    let world = World::new().await;
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(world.staff("society.reviewer", world.society).await);
    }
    let named: Vec<&Actor> = members.iter().collect();
    let panel = RouteStep {
        quorum: Quorum::AtLeast.into(),
        at_least: 2,
        deciders: Some(Deciders {
            panel_zh: "会员工作委员会".into(),
            ..people("", &named).deciders.unwrap()
        }),
        ..step("评审", "")
    };
    world.route(vec![panel]).await;
    let wang = world.person("王芳");
    let id = world.submitted(&wang).await.application_id;
    let one = world.pass_step(&members[0], &id, 1).await;
    let stage = &one.case.unwrap().stages[0];
    assert_eq!((stage.passes, stage.needed), (1, 2));
    // Votes of a step that is not over are not the applicant's to see.
    let seen = world.application(&wang, &id).await.unwrap().case.unwrap();
    let stage = &seen.stages[0];
    assert_eq!(
        (stage.passes, stage.needed, stage.decisions.len()),
        (0, 0, 0)
    );
    assert_eq!(stage.state(), case_stage::State::Current);
    // Who has voted may still return it, and is told that this is all.
    let seen = world.application(&members[0], &id).await.unwrap();
    let seen = seen.case.unwrap();
    assert_eq!(
        (
            seen.decidable,
            seen.may_pass,
            seen.may_return,
            seen.may_reject
        ),
        (true, false, true, false)
    );
    assert_eq!(
        reason(world.decide(&members[0], &id, 1, Decision::Reject).await),
        "CASE_DECIDED_BY_YOU"
    );
    let admitted = world.pass_step(&members[2], &id, 1).await;
    assert_eq!(admitted.state(), State::Approved);
    let seen = world.application(&wang, &id).await.unwrap().case.unwrap();
    let outcome = &seen.stages[0].decisions;
    assert_eq!(outcome.len(), 1, "the one that ended the step");
    assert_eq!(outcome[0].kind(), case_decision::Kind::Passed);
    let id = world.submitted(&world.person("李明")).await.application_id;
    for (member, state) in [(0, State::InFinalReview), (1, State::Rejected)] {
        let decided = world
            .decide(&members[member], &id, 1, Decision::Reject)
            .await;
        assert_eq!(decided.unwrap().state(), state);
    }
    world.check().await;
}

#[tokio::test]
async fn of_two_at_the_last_seat_one_decides_and_the_other_is_told() {
    let world = World::new().await;
    world
        .route(vec![step("初审", REVIEW), step("终审", APPROVE)])
        .await;
    let id = world.submitted(&world.person("王芳")).await.application_id;
    // Both may decide the second step as well: without its number the later one would decide it unseen.
    let approvers = [
        world.staff("society.approver", world.society).await,
        world.staff("society.approver", world.society).await,
    ];
    let held = world.hold_events().await;
    let (one, other, ()) = tokio::join!(
        world.decide(&approvers[0], &id, 1, Decision::Pass),
        world.decide(&approvers[1], &id, 1, Decision::Pass),
        async {
            world.until_waiting(2).await;
            held.rollback().await.unwrap();
        }
    );
    let (taken, late) = match (one, other) {
        (Ok(taken), late) | (late, Ok(taken)) => (taken, late),
        refused => panic!("neither was taken: {refused:?}"),
    };
    assert_eq!(stands(&taken).2, 2);
    assert_eq!(reason(late), "CASE_STEP_OVER");
    world.check().await;
}

#[tokio::test]
async fn a_grant_that_is_revoked_counts_at_once_and_so_does_an_ended_standing_in() {
    let world = World::new().await;
    let director = world.staff("society.approver", world.society).await;
    let deputy = world.staff("society.reviewer", world.society).await;
    let administrator = world
        .staff("organisation.administrator", world.society)
        .await;
    world.route(vec![people("审定", &[&director])]).await;
    let wang = world.person("王芳");
    let ids = [
        world.submitted(&wang).await.application_id,
        world.submitted(&world.person("李明")).await.application_id,
        world.submitted(&world.person("赵敏")).await.application_id,
    ];
    assert_eq!(
        reason(world.decide(&deputy, &ids[0], 1, Decision::Pass).await),
        "CASE_NOT_YOURS"
    );
    assert_eq!(
        reason(
            world
                .delegate(&administrator, &director, &administrator)
                .await
        ),
        "OWN_AFFAIRS"
    );
    assert_eq!(
        reason(world.delegate(&administrator, &director, &world.desk).await),
        "DELEGATION_UNFIT"
    );
    let delegation = world
        .delegate(&administrator, &director, &deputy)
        .await
        .unwrap();
    let admitted = world.pass_step(&deputy, &ids[0], 1).await;
    let decision = &admitted.case.unwrap().stages[0].decisions[0];
    assert!(decision.stood_in);
    assert_eq!(decision.person_number, deputy.number);
    // The applicant does not see in whose place.
    let seen = world.application(&wang, &ids[0]).await.unwrap();
    assert!(!seen.case.unwrap().stages[0].decisions[0].stood_in);
    // Whose grant ends does not decide, and is not stood in for.
    sqlx::query("delete from access.grants where person_id = $1")
        .bind(director.id)
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(
        reason(world.decide(&deputy, &ids[1], 1, Decision::Pass).await),
        "CASE_NOT_YOURS"
    );
    world
        .grant(&director, "society.approver", world.society)
        .await;
    // The delegation is being ended while the deputy decides: the decision waits for it, and is refused.
    let mut tx = world.pool().begin().await.unwrap();
    sqlx::query("update approvals.delegations set ended_at = now() where delegation_id = $1::uuid")
        .bind(&delegation.delegation_id)
        .execute(&mut *tx)
        .await
        .unwrap();
    let (late, ()) = tokio::join!(world.decide(&deputy, &ids[1], 1, Decision::Pass), async {
        world.until_waiting(1).await;
        tx.commit().await.unwrap();
    });
    assert_eq!(reason(late), "CASE_NOT_YOURS");
    let end = approvals::EndDelegationRequest {
        organisation_id: world.society.to_string(),
        delegation_id: delegation.delegation_id,
        ..Default::default()
    };
    let mut routes = world.application_routes();
    let ended = routes.end_application_delegation(world.by(&administrator, end));
    assert_eq!(reason(ended.await), "DELEGATION_ENDED");
    world.check().await;
}

#[tokio::test]
async fn what_is_overdue_reminds_its_deciders_and_those_it_escalates_to_may_decide() {
    let world = World::new().await;
    let director = world.staff("society.approver", world.society).await;
    let first = RouteStep {
        escalation: people("", &[&director]).deciders,
        ..step("初审", REVIEW)
    };
    let quorum = RouteStep {
        quorum: Quorum::AtLeast.into(),
        at_least: 2,
        ..first
    };
    world.route(vec![quorum, step("终审", APPROVE)]).await;
    let id = world.submitted(&world.person("王芳")).await.application_id;
    // The director holds what the first step asks for: alone that is one of two.
    let one = world.pass_step(&director, &id, 1).await;
    assert_eq!(stands(&one).2, 1);
    world.clock.set(datetime!(2026-05-12 10:00 +8));
    let seen = world.application(&world.reviewer, &id).await.unwrap();
    assert!(seen.case.unwrap().overdue);
    let request = wire::ListApplicationsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let mut applications = world.applications();
    let listed = applications.list_applications(world.by(&world.reviewer, request));
    let listed = listed.await.unwrap().into_inner();
    assert_eq!((listed.in_first_review, listed.overdue), (1, 1));
    let before = told(&world.events().await, "applications_overdue");
    let db = Db::new(world.pool().clone(), eventlog::Nudge::new());
    reminders::remind(&db, Calendar::china(), world.clock.now())
        .await
        .unwrap();
    let after = told(&world.events().await, "applications_overdue");
    assert_eq!(after - before, 1, "one notice for all");
    let notices = world.events::<NoticeAsked>().await;
    let last = notices
        .iter()
        .rfind(|n| n.template == "applications_overdue");
    let told = people_of(last.unwrap());
    for decider in [&world.reviewer, &world.approver, &director] {
        assert!(
            told.contains(&decider.id.to_string()),
            "the step and its escalation"
        );
    }
    world.check().await;
}

#[tokio::test]
async fn an_escalation_decides_alone_once_the_time_is_over() {
    let world = World::new().await;
    let director = world.staff("society.approver", world.society).await;
    let named = [
        world.staff("society.reviewer", world.society).await,
        world.staff("society.reviewer", world.society).await,
    ];
    let first = RouteStep {
        quorum: Quorum::All.into(),
        escalation: people("", &[&director]).deciders,
        ..people("会审", &[&named[0], &named[1]])
    };
    world.route(vec![first, step("终审", APPROVE)]).await;
    let id = world.submitted(&world.person("王芳")).await.application_id;
    world.pass_step(&named[0], &id, 1).await;
    assert_eq!(
        reason(world.decide(&director, &id, 1, Decision::Pass).await),
        "CASE_NOT_YOURS"
    );
    world.clock.set(datetime!(2026-05-12 10:00 +8));
    let passed = world.pass_step(&director, &id, 1).await;
    assert_eq!(stands(&passed).2, 2);
    assert!(passed.case.unwrap().stages[0].decisions[1].escalated);
    world.check().await;
}

#[tokio::test]
async fn those_who_can_decide_are_told_once_for_all_that_wait_for_them() {
    let world = World::new().await;
    let director = world.staff("society.approver", world.society).await;
    let deputy = world.staff("society.reviewer", world.society).await;
    let administrator = world
        .staff("organisation.administrator", world.society)
        .await;
    // A role at the headquarters reviews here as well, but is not what the step asks for.
    let above = world
        .staff("organisation.administrator", world.headquarters)
        .await;
    world
        .route(vec![step("初审", REVIEW), people("审定", &[&director])])
        .await;
    let sides = world
        .delegate(&administrator, &director, &deputy)
        .await
        .unwrap();
    let mut ids = Vec::new();
    for nth in 0..3 {
        let person = world.person(&format!("申请人{nth}"));
        ids.push(world.submitted(&person).await.application_id);
    }
    let notices = world.events::<NoticeAsked>().await;
    let first = notices.iter().find(|n| n.template == "applications_step");
    let told = people_of(first.unwrap());
    assert!(told.contains(&world.reviewer.id.to_string()));
    assert!(!told.contains(&above.id.to_string()));
    for (template, person) in [
        ("delegation_of_yours", &director),
        ("delegation_to_you", &deputy),
    ] {
        let found = notices.iter().find(|n| n.template == template).unwrap();
        assert_eq!(people_of(found), [person.id.to_string()]);
    }
    let pass = crate::batches::decide(
        &world,
        &world.reviewer,
        ids,
        wire::batch_decide_applications_request::Decision::PassFirstReview,
    );
    assert!(
        pass.await
            .unwrap()
            .iter()
            .all(|line| line.refused_because.is_empty())
    );
    let later = world.events::<NoticeAsked>().await;
    let later = &later[notices.len()..];
    assert_eq!(later.len(), 1, "{later:?}");
    let mut told = people_of(&later[0]);
    let mut expected = [director.id.to_string(), deputy.id.to_string()];
    told.sort();
    expected.sort();
    assert_eq!((told.as_slice(), later[0].count), (&expected[..], 3));
    let end = approvals::EndDelegationRequest {
        organisation_id: world.society.to_string(),
        delegation_id: sides.delegation_id,
        ..Default::default()
    };
    let mut routes = world.application_routes();
    let ended = routes.end_application_delegation(world.by(&administrator, end));
    ended.await.unwrap();
    let notices = world.events::<NoticeAsked>().await;
    let mut told = people_of(notices.last().unwrap());
    told.sort();
    assert_eq!(told, expected);
    world.check().await;
}
