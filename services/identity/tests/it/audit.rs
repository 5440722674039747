//! The audit trail and who reads it.

use proto_identity::v1 as wire;
use tonic::{Response, Status};

use crate::world::{Browser, PASSWORD, World, phone, refused, resident_id};

async fn read(by: &Browser, actor: &str, subject: &str) -> Result<Vec<wire::AuditRecord>, Status> {
    let message = wire::ListAuditRecordsRequest {
        actor: actor.to_owned(),
        subject: subject.to_owned(),
        ..Default::default()
    };
    let answer = by
        .audit()
        .list_audit_records(by.signed(message).await?)
        .await;
    answer
        .map(Response::into_inner)
        .map(|answer| answer.records)
}

#[tokio::test]
async fn every_change_and_every_refusal_leaves_a_record_with_its_origin() {
    let world = World::new().await;
    let (auditor, _) = world.staff(1, "platform.audit", world.headquarters).await;
    let number = phone();
    let (browser, account) = world.signed_up(&number).await;
    browser.verify("王示例", &resident_id(2)).await.unwrap();
    let mut thief = world.browser();
    assert_eq!(
        refused(thief.sign_in(&number, "wrong password").await),
        "SIGN_IN_FAILED"
    );
    let mut again = world.browser();
    again.sign_in(&number, PASSWORD).await.unwrap();

    let of_account = read(&auditor, "", &format!("account:{}", account.account_id))
        .await
        .unwrap();
    let brief: Vec<_> = of_account
        .iter()
        .map(|r| {
            (
                r.action.rsplit('/').next().unwrap(),
                r.outcome.as_str(),
                r.origin.clone(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("CreateSession", "ok", again.address.to_string()),
            ("CreateSession", "SIGN_IN_FAILED", thief.address.to_string()),
            ("CreateAccount", "ok", browser.address.to_string()),
        ]
    );
    let actor = format!("person:{}", account.person_id);
    let by_person = read(&auditor, &actor, "").await.unwrap();
    assert_eq!(by_person.len(), 1);
    assert_eq!(
        by_person[0].action,
        "cast.identity.v1.Persons/VerifyMyPerson"
    );
    // Who reads is read about.
    let all = read(&auditor, "", "").await.unwrap();
    assert_eq!(all[0].action, "cast.identity.v1.Audit/ListAuditRecords");
}

#[tokio::test]
async fn the_trail_is_for_the_audit_administrator_alone() {
    let world = World::new().await;
    for (sequence, role) in [
        (1, "platform.system"),
        (2, "platform.security"),
        (3, "organisation.administrator"),
    ] {
        let (browser, _) = world.staff(sequence, role, world.headquarters).await;
        assert_eq!(
            refused(read(&browser, "", "").await),
            "PERMISSION_DENIED",
            "{role}"
        );
    }
    let (of_a_society, _) = world.staff(4, "platform.audit", world.society).await;
    assert_eq!(
        refused(read(&of_a_society, "", "").await),
        "PERMISSION_DENIED",
        "the trail is that of the whole"
    );
}

#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_no_record() {
    let world = World::new().await;
    world.execute("create function fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$").await;
    let (browser, _) = world.signed_up(&phone()).await;
    world
        .execute("create trigger t before insert on eventlog.outbox execute function fail()")
        .await;
    assert!(browser.verify("王示例", &resident_id(1)).await.is_err());
    assert_eq!(
        world
            .count("select count(*) from audit.records where action like '%VerifyMyPerson'")
            .await,
        0
    );
    assert_eq!(world.count("select count(*) from documents").await, 0);
}
