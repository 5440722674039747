//! The keys that sign tickets: sealed under their id, rotated, kept across versions.

use events::tickets::{Subject, TicketInvalid, Tickets};
use kit::Service as _;
use time::Duration;
use uuid::Uuid;

use crate::world::{NOW, World};

const SUBJECT: Subject = Subject {
    registration_id: Uuid::from_u128(7),
    activity_id: Uuid::from_u128(u128::MAX),
};
/// The id of the key whose seed is 32 ones.
const KEY_ID: &str = "iojj3XQJ";

async fn load(world: &World) -> anyhow::Result<Tickets> {
    let context = &world.context;
    Tickets::load(&context.db, &context.keys, &context.clock).await
}

/// The only key is this one, in the form of the version before rotation.
async fn put(world: &World, key_id: &str, seed: [u8; 32]) {
    let keys = &world.context.keys;
    let sealed = keys.seal("events.ticket-key", key_id.as_bytes(), &seed);
    sqlx::raw_sql("delete from ticket_keys")
        .execute(world.pool())
        .await
        .unwrap();
    sqlx::query("insert into ticket_keys (key_id, public_key, private_key, created_at) values ($1, $2, $3, $4)")
        .bind(key_id)
        .bind(vec![0_u8; 32])
        .bind(sealed)
        .bind(NOW + Duration::DAY)
        .execute(world.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_made_by_the_version_before_rotation_stays() {
    let world = World::new().await;
    put(&world, KEY_ID, [1; 32]).await;
    let tickets = load(&world).await.unwrap();
    assert_eq!(tickets.keyring().jwks()[0].kid, KEY_ID);
    assert_eq!(tickets.read(&tickets.issue(SUBJECT).unwrap()), Ok(SUBJECT));
}

#[tokio::test]
async fn a_key_opens_only_under_its_own_id() {
    let world = World::new().await;
    put(&world, KEY_ID, [2; 32]).await;
    let damaged = load(&world).await.unwrap_err().to_string();
    assert!(damaged.contains("damaged"), "{damaged}");
    put(&world, KEY_ID, [1; 32]).await;
    sqlx::raw_sql("update ticket_keys set key_id = 'moved'")
        .execute(world.pool())
        .await
        .unwrap();
    let moved = load(&world).await.unwrap_err().to_string();
    assert!(moved.contains("does not open"), "{moved}");
}

#[tokio::test]
async fn a_replica_that_runs_finds_what_another_one_makes_and_retires() {
    let world = World::new().await;
    let (here, there) = (load(&world).await.unwrap(), load(&world).await.unwrap());
    let old = here.issue(SUBJECT).unwrap();
    let kid = here.keyring().jwks()[0].kid.clone();
    there.keyring().rotate().await.unwrap();
    assert_eq!(there.issue(SUBJECT).unwrap(), old);
    world.clock.set(NOW + Duration::HOUR);
    let new = there.issue(SUBJECT).unwrap();
    assert_ne!(new, old);
    assert_eq!(here.read(&new), Err(TicketInvalid));
    here.keyring().reread().await.unwrap();
    assert_eq!(here.read(&new), Ok(SUBJECT));
    assert_eq!(here.read(&old), Ok(SUBJECT));
    assert!(there.keyring().retire(&kid).await.unwrap());
    here.keyring().reread().await.unwrap();
    assert_eq!(here.read(&old), Err(TicketInvalid));
    assert_eq!(here.read(&new), Ok(SUBJECT));
}

#[tokio::test]
async fn a_running_service_reads_the_keys_again() {
    let world = World::new().await;
    let limits = events::admission::Limits::default();
    let service = events::Service::load(
        &world.context,
        limits,
        (&crate::world::store(&world.files), None),
        crate::world::URL,
    )
    .await;
    let workers = service.unwrap().workers();
    assert!(workers.iter().any(|w| w.name() == "events.ticket-keys"));
}
