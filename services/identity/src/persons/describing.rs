//! Tells gender and year of birth of people who were verified before `PersonVerified` told them, each once.
//!
//! A worker, in any number of replicas: what is told is noted in the row of the person, in the transaction that publishes it, so it goes on
//! where it was interrupted. During an upgrade it finds those whom the version before verifies as well.

use eventlog::NewEvent;
use kit::{clock::Clock, db::Db};
use proto_identity::v1::PersonDescribed;

use super::{Registry, registry::gender, store};

/// How often it looks whether there are people to tell of.
pub const PERIOD: std::time::Duration = std::time::Duration::from_secs(60);

/// People a transaction.
const BATCH: i64 = 500;

/// Tells of all who are left, batch by batch; returns how many that were.
pub async fn tell_all(db: &Db, registry: &Registry, clock: &Clock) -> anyhow::Result<u64> {
    let mut told = 0;
    loop {
        let now = clock.now();
        let mut tx = db.begin().await?;
        let people = store::lock_undescribed(&mut tx, BATCH).await?;
        if people.is_empty() {
            return Ok(told);
        }
        let mut events = Vec::with_capacity(people.len());
        for person in &people {
            // A number without a day of birth says nothing; the person is noted all the same, or the worker would meet them for ever.
            let known = registry.description(person.person_id, &person.number_sealed)?;
            let Some(known) = known else { continue };
            let fact = PersonDescribed {
                gender: gender(known.gender).into(),
                birth_year: known.birth_year,
            };
            events.push(NewEvent::of("Person", person.person_id, &fact));
        }
        let ids: Vec<_> = people.iter().map(|person| person.person_id).collect();
        store::set_described(&mut tx, &ids).await?;
        tx.publish_all(&events, now).await?;
        tx.commit().await?;
        told += events.len() as u64;
    }
}
