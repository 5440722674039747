//! Made-up people by the million: each with an account, an address, and most with a verified name. See the crate `synthetic` for who
//! they are. Each batch is one transaction; interrupted, it goes on where it stopped.

use std::{path::Path, time::Instant};

use eventlog::{NewEvent, PastEvent};
use kit::{access::Caller, audit, clock::business_date};
use proto_identity::v1::PersonRegistered;
use secrecy::SecretString;
use synthetic::{Kind, PASSWORD, Population};
use time::OffsetDateTime;

use super::{
    ACTION, CONSENT_TEXT, Seeder,
    entry::{Entry, Proof},
    store,
};
use crate::{
    credentials::{address_hash, addresses::Address, hasher::Lane},
    persons::registry::verified_fact,
    resident_id::ResidentId,
    sealing::{ADDRESS, DISPLAY_NAME},
};

/// People a transaction.
const BATCH: u64 = 10_000;

/// Enters everybody up to `scale` who is not there yet. The caller has made sure that this is no production.
pub async fn load(seeder: &Seeder, seeds: &Path, scale: u64) -> anyhow::Result<()> {
    let now = seeder.clock.now();
    let population = Population::read(seeds, scale, now)?;
    // One hash for all: hashing is what takes time, and the password is known anyway.
    let password_hash = seeder
        .hasher
        .hash(&Lane::known(b"seed"), SecretString::from(PASSWORD))
        .await?;
    let (begun, mut entered) = (Instant::now(), 0);
    loop {
        let mut tx = seeder.db.begin().await?;
        store::lock(&mut tx).await?;
        let from = store::people(&mut tx).await?;
        let until = scale.min(from + BATCH);
        if from >= until {
            break;
        }
        let mut entries = Vec::with_capacity(BATCH as usize);
        for person in from..until {
            entries.push(entry(seeder, &population, person, now)?);
        }
        store::enter(&mut tx, &entries, &password_hash, CONSENT_TEXT).await?;
        if from == 0 {
            let seed = Caller::Service("seed".to_owned());
            audit::record(&mut tx, &seed, ACTION, "made-up people", "ok", now).await?;
        }
        eventlog::load(&mut tx, &facts(&entries, from)).await?;
        tx.commit().await?;
        entered += until - from;
    }
    store::tidy(&mut *seeder.db.read().await?).await?;
    let seconds = begun.elapsed().as_secs_f64();
    tracing::info!(entered, seconds, "made-up people");
    Ok(())
}

fn entry(
    seeder: &Seeder,
    population: &Population,
    ordinal: u64,
    now: OffsetDateTime,
) -> anyhow::Result<Entry> {
    let person = population.person(ordinal);
    let address = Address::parse(&synthetic::address(ordinal))?;
    let verified = match person.verified_at {
        None => None,
        Some(at) => {
            let registry = seeder.registry();
            let number = ResidentId::parse(&population.resident_id(ordinal), business_date(now))?;
            let (name_sealed, number_sealed) =
                registry.seal_verified(person.person_id, &person.name, &number);
            Some(Proof {
                name_sealed,
                number_sealed,
                number_hash: registry.number_hash(&number),
                description: number.description(),
                at,
            })
        }
    };
    Ok(Entry {
        person_id: person.person_id,
        account_id: person.account_id,
        person_number: person.person_number,
        division_code: person.division_code.to_owned(),
        registered_at: person.registered_at,
        display_name_sealed: DISPLAY_NAME.seal(&seeder.keys, person.account_id, &person.name),
        address_hash: address_hash(&seeder.keys, &address),
        address_sealed: ADDRESS.seal(&seeder.keys, person.account_id, &address.recipient()),
        verified,
    })
}

/// What the log says of them, in the order of time.
fn facts(entries: &[Entry], from: u64) -> Vec<PastEvent> {
    let mut facts = Vec::with_capacity(2 * entries.len());
    for (entry, ordinal) in entries.iter().zip(from..) {
        let division_code = || entry.division_code.clone();
        let registered = PersonRegistered {
            division_code: division_code(),
        };
        facts.push(PastEvent {
            id: synthetic::id(Kind::Event, 2 * ordinal),
            event: NewEvent::of("Person", entry.person_id, &registered),
            occurred_at: entry.registered_at,
        });
        if let Some(proof) = &entry.verified {
            let verified = verified_fact(division_code(), proof.description);
            facts.push(PastEvent {
                id: synthetic::id(Kind::Event, 2 * ordinal + 1),
                event: NewEvent::of("Person", entry.person_id, &verified),
                occurred_at: proof.at,
            });
        }
    }
    facts.sort_by_key(|fact| fact.occurred_at);
    facts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::{date, datetime};

    use super::*;
    use crate::persons::rules::{is_person_number, real_name};

    #[test]
    fn made_up_people_pass_the_checks_that_real_ones_pass() {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
        let population = Population::read(&seeds, 10_000, datetime!(2026-11-22 12:00 UTC)).unwrap();
        for ordinal in 0..10_000 {
            let person = population.person(ordinal);
            assert!(is_person_number(&person.person_number), "{person:?}");
            assert_eq!(real_name(&person.name), Ok(()), "{person:?}");
            let number = population.resident_id(ordinal);
            assert!(
                ResidentId::parse(&number, date!(2026 - 11 - 22)).is_ok(),
                "{number}"
            );
            reference::divisions::check("division_code", person.division_code).unwrap();
            Address::parse(&synthetic::address(ordinal)).unwrap();
        }
    }
}
