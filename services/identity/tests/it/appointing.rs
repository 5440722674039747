//! The first administrator, whom no person on the platform can appoint.

use identity::appoint::appoint;
use proto_identity::v1 as wire;

use crate::world::{World, phone};

const ROLE: &str = "organisation.administrator";

#[tokio::test]
async fn the_first_administrator_gives_roles_to_others() {
    let world = World::new().await;
    let (administrator, account) = world.verified(1).await;
    let (_, second) = world.verified(2).await;
    appoint(&world.db, &account.person_number, ROLE, world.clock.now())
        .await
        .unwrap();
    appoint(&world.db, &account.person_number, ROLE, world.clock.now())
        .await
        .unwrap();
    assert_eq!(world.count("select count(*) from grants").await, 1);
    let given = "select count(*) from audit.records where action = 'identity appoint' and actor = 'service:appoint'";
    assert_eq!(world.count(given).await, 2);
    let told = world.events().await;
    let told = told.iter().filter(|event| *event == "GrantGiven").count();
    assert_eq!(told, 1);

    let message = wire::CreateGrantRequest {
        organisation_id: world.headquarters.to_string(),
        role: ROLE.to_owned(),
        person_number: second.person_number,
        request_id: String::new(),
    };
    let request = administrator.signed(message).await.unwrap();
    administrator.grants().create_grant(request).await.unwrap();
}

#[tokio::test]
async fn nobody_is_appointed_beside_somebody_nor_without_having_proved_who_they_are() {
    let world = World::new().await;
    let (_, first) = world.verified(1).await;
    let (_, second) = world.verified(2).await;
    let (_, unproved) = world.signed_up(&phone()).await;
    let refused = async |number: &str, role: &str| {
        let outcome = appoint(&world.db, number, role, world.clock.now()).await;
        format!("{:#}", outcome.unwrap_err())
    };
    assert!(
        refused("0000000000000000", ROLE)
            .await
            .contains("no account has this number")
    );
    assert!(
        refused(&first.person_number, "platform.emperor")
            .await
            .contains("platform.audit")
    );
    refused(&unproved.person_number, ROLE).await;
    assert_eq!(world.count("select count(*) from grants").await, 0);

    appoint(&world.db, &first.person_number, ROLE, world.clock.now())
        .await
        .unwrap();
    assert!(
        refused(&second.person_number, ROLE)
            .await
            .contains("already has a holder")
    );
    // System, security and audit administrator are three people.
    appoint(
        &world.db,
        &second.person_number,
        "platform.audit",
        world.clock.now(),
    )
    .await
    .unwrap();
    refused(&second.person_number, "platform.security").await;
    assert_eq!(world.count("select count(*) from grants").await, 2);
}

#[tokio::test]
async fn of_two_who_are_appointed_at_once_one_is() {
    let world = World::new().await;
    let (_, first) = world.verified(1).await;
    let (_, second) = world.verified(2).await;
    let mut held = world.pool().begin().await.unwrap();
    sqlx::query("select 1 from access.organisations where organisation_id = $1 for update")
        .bind(world.headquarters)
        .execute(&mut *held)
        .await
        .unwrap();
    let both = [first, second].map(|account| {
        let (db, now) = (world.db.clone(), world.clock.now());
        tokio::spawn(async move { appoint(&db, &account.person_number, ROLE, now).await })
    });
    // Both wait for their turn.
    world.waiting(2).await;
    held.rollback().await.unwrap();
    let mut appointed = 0;
    for outcome in both {
        appointed += usize::from(outcome.await.unwrap().is_ok());
    }
    assert_eq!(appointed, 1);
    assert_eq!(world.count("select count(*) from grants").await, 1);
}
