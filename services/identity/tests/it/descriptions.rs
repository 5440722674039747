//! Gender and year of birth of people who were verified before these were told.

use identity::persons::{Registry, describing};
use kit::clock::Clock;
use proto_identity::v1::{Gender, PersonDescribed};

use crate::world::World;

impl World {
    async fn tell_descriptions(&self) -> u64 {
        let registry = Registry {
            keys: self.parts.keys.clone(),
        };
        let clock = Clock::fixed(self.clock.now());
        describing::tell_all(&self.db, &registry, &clock)
            .await
            .unwrap()
    }

    async fn described(&self) -> Vec<PersonDescribed> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from eventlog.outbox where event_type = 'PersonDescribed' order by seq",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        payloads
            .iter()
            .map(|payload| prost::Message::decode(payload.as_slice()).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn who_was_verified_before_is_told_of_once() {
    let world = World::new().await;
    world.verified(1).await;
    world.verified(2).await;
    let (_, not_verified) = world.signed_up(&crate::world::phone()).await;
    assert!(!not_verified.person_id.is_empty());
    assert_eq!(
        world.tell_descriptions().await,
        0,
        "the verification told it"
    );

    // As the version before leaves them.
    sqlx::query("update persons set described = false")
        .execute(world.pool())
        .await
        .unwrap();
    // Two replicas at once.
    let (one, other) = tokio::join!(world.tell_descriptions(), world.tell_descriptions());
    assert_eq!(one + other, 2);
    let told = world.described().await;
    let genders: Vec<Gender> = told.iter().map(PersonDescribed::gender).collect();
    assert!(genders.contains(&Gender::Male) && genders.contains(&Gender::Female));
    assert!(told.iter().all(|person| person.birth_year == 1990));
    assert_eq!(world.tell_descriptions().await, 0, "once");
}
