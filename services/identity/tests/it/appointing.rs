//! The first security administrators, whom no person on the platform can appoint.

use identity::appoint::appoint;

use crate::{
    grants::{answer, give, propose},
    world::{World, phone},
};

#[tokio::test]
async fn the_first_two_security_administrators_propose_and_decide_all_others() {
    let world = World::new().await;
    let cast = world.headquarters;
    let (first, account) = world.verified(1).await;
    let (second, of_second) = world.verified(2).await;
    let (_, third) = world.verified(3).await;
    for number in [&account, &account, &of_second] {
        appoint(&world.db, &number.person_number, world.clock.now())
            .await
            .unwrap();
    }
    assert_eq!(world.count("select count(*) from grants").await, 2);
    let given = "select count(*) from audit.records where action = 'identity appoint' and actor = 'service:appoint'";
    assert_eq!(world.count(given).await, 3);
    let told = world.events().await;
    let told = told.iter().filter(|event| *event == "GrantGiven").count();
    assert_eq!(told, 2);

    let proposed = propose(&first, &third, "platform.audit", true, cast)
        .await
        .unwrap();
    answer(&second, &proposed.proposal_id, true).await.unwrap();
    let (_, fourth) = world.verified(4).await;
    give(&first, &fourth, "headquarters.administrator", cast)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_third_is_not_appointed_nor_who_has_not_proved_who_they_are() {
    let world = World::new().await;
    let (_, first) = world.verified(1).await;
    let (_, second) = world.verified(2).await;
    let (_, third) = world.verified(3).await;
    let (_, auditor) = world.staff(4, "platform.audit", world.headquarters).await;
    let (_, unproved) = world.signed_up(&phone()).await;
    let refused = async |number: &str| {
        let outcome = appoint(&world.db, number, world.clock.now()).await;
        format!("{:#}", outcome.unwrap_err())
    };
    let unknown = refused("0000000000000000").await;
    assert!(unknown.contains("no account has this number"));
    refused(&unproved.person_number).await;
    // System, security and audit administrator are three people.
    refused(&auditor.person_number).await;
    assert_eq!(world.count("select count(*) from grants").await, 1);
    for account in [&first, &second] {
        appoint(&world.db, &account.person_number, world.clock.now())
            .await
            .unwrap();
    }
    assert!(
        refused(&third.person_number)
            .await
            .contains("already has 2")
    );
    assert_eq!(world.count("select count(*) from grants").await, 3);
}

#[tokio::test]
async fn of_three_who_are_appointed_at_once_two_are() {
    let world = World::new().await;
    let mut accounts = Vec::new();
    for sequence in 1..4 {
        accounts.push(world.verified(sequence).await.1);
    }
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from access.organisations where organisation_id = $1 for update")
        .bind(world.headquarters)
        .execute(&mut *held)
        .await
        .unwrap();
    let all: Vec<_> = accounts
        .into_iter()
        .map(|account| {
            let (db, now) = (world.db.clone(), world.clock.now());
            tokio::spawn(async move { appoint(&db, &account.person_number, now).await })
        })
        .collect();
    // All wait for their turn.
    world.waiting(3).await;
    held.rollback().await.unwrap();
    let mut appointed = 0;
    for outcome in all {
        appointed += usize::from(outcome.await.unwrap().is_ok());
    }
    assert_eq!(appointed, 2);
    assert_eq!(world.count("select count(*) from grants").await, 2);
}
