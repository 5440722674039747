//! Who is told what of an application.

use futures::future::join_all;
use proto_membership::v1::batch_decide_applications_request::Decision;
use proto_notices::v1::{NoticeAsked, NoticeHolders, NoticePeople, notice_asked::To};
use uuid::Uuid;

use crate::{batches::decide, world::World};

/// What was asked for, in order: template, to whom, count and who is left out.
async fn asked(world: &World) -> Vec<(String, Option<To>, i32, String)> {
    let asked: Vec<NoticeAsked> = world.events().await;
    // Nothing else is in it than what the template takes: no name, no reason.
    for one in &asked {
        let template = proto_notices::template(&one.template).unwrap();
        assert!(template.takes(&one.params), "{one:?}");
        if let Some(name) = one.params.get("organisation_name") {
            assert_eq!(name, "中国计算机学会");
        }
    }
    asked
        .into_iter()
        .map(|one| (one.template, one.to, one.count, one.except_person_id))
        .collect()
}

fn person(id: Uuid) -> Option<To> {
    Some(To::People(NoticePeople {
        person_ids: vec![id.to_string()],
    }))
}

fn holders(permission: &str, organisation_id: Uuid) -> Option<To> {
    Some(To::Holders(NoticeHolders {
        permission: permission.to_owned(),
        organisation_id: organisation_id.to_string(),
    }))
}

#[tokio::test]
async fn each_step_is_told_to_those_whom_it_concerns() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.submitted(&wang).await.application_id;
    world.send_back(&world.reviewer, &id).await.unwrap();
    world.submit(&wang, &id).await.unwrap();
    world.pass(&world.reviewer, &id).await.unwrap();
    world.approve(&world.approver, &id).await.unwrap();
    let (society, me) = (world.society, wang.id.to_string());
    let waits = (
        "applications_submitted".to_owned(),
        holders("applications.review", society),
        1,
        me,
    );
    let steps = asked(&world).await;
    assert_eq!(
        steps,
        [
            waits.clone(),
            (
                "application_returned".to_owned(),
                person(wang.id),
                1,
                String::new()
            ),
            waits,
            (
                "applications_passed".to_owned(),
                holders("applications.approve", society),
                1,
                world.reviewer.id.to_string()
            ),
            (
                "application_approved".to_owned(),
                person(wang.id),
                1,
                String::new()
            ),
        ]
    );
    world.check().await;
}

#[tokio::test]
async fn what_was_refused_or_repeated_is_not_told() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.in_final_review(&wang).await.application_id;
    let before = asked(&world).await.len();
    // The first reviewer may not approve, and a stranger may not see it.
    world.approve(&world.reviewer, &id).await.unwrap_err();
    world.approve(&world.stranger, &id).await.unwrap_err();
    assert_eq!(asked(&world).await.len(), before);
    world.approve(&world.approver, &id).await.unwrap();
    world.approve(&world.approver, &id).await.unwrap_err();
    assert_eq!(asked(&world).await.len(), before + 1);
}

#[tokio::test]
async fn a_batch_tells_every_applicant_and_those_who_decide_once() {
    let world = World::new().await;
    let people: Vec<_> = (0..20)
        .map(|n| world.person(&format!("申请人{n}")))
        .collect();
    let submitted = join_all(people.iter().map(|person| world.submitted(person))).await;
    let ids: Vec<String> = submitted
        .into_iter()
        .map(|one| one.application_id)
        .collect();
    let of = |all: Vec<(String, Option<To>, i32, String)>, template: &str| {
        let all = all.into_iter().filter(|one| one.0 == template);
        all.collect::<Vec<_>>()
    };
    decide(
        &world,
        &world.reviewer,
        ids.clone(),
        Decision::PassFirstReview,
    )
    .await
    .unwrap();
    let passed = of(asked(&world).await, "applications_passed");
    assert_eq!(passed.len(), 1, "one notice for all of them");
    assert_eq!(passed[0].2, 20);
    decide(
        &world,
        &world.approver,
        ids[..10].to_vec(),
        Decision::Reject,
    )
    .await
    .unwrap();
    // The ten that were rejected cannot be approved any more: they are not told a second time.
    decide(&world, &world.approver, ids, Decision::Approve)
        .await
        .unwrap();
    let all = asked(&world).await;
    let rejected = of(all.clone(), "application_rejected");
    let approved = of(all, "application_approved");
    let told = |told: &[(String, Option<To>, i32, String)]| -> Vec<Option<To>> {
        told.iter().map(|one| one.1.clone()).collect()
    };
    let expected = |people: &[crate::world::Actor]| -> Vec<Option<To>> {
        people.iter().map(|one| person(one.id)).collect()
    };
    assert_eq!(told(&rejected), expected(&people[..10]));
    assert_eq!(told(&approved), expected(&people[10..]));
}
