//! What the registry knows of a person: sealed in the database, opened here. And how its verification changes, with the events of it.

use eventlog::NewEvent;
use kit::{
    crypto::Keys,
    db::Tx,
    errors::{Problem, Result},
    sealed::SealedColumn,
    wire,
};
use proto_identity::v1::{
    Gender, Person, PersonVerificationRestored, PersonVerificationSuspended, PersonVerified,
    person::Status as VerificationStatus,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    PersonError,
    store::{self, Entered, Row, Verified},
};
use crate::{
    resident_id::{Description, ResidentId, age, description, rules::masked},
    sealing::{PERSON_NAME, RESIDENT_ID},
};

/// Opens and seals what the registry keeps. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Of sealed names and numbers.
    pub keys: Keys,
}

impl Registry {
    /// When a person was born, if the registry knows.
    pub(crate) fn born(&self, row: &Row) -> Result<Option<Date>> {
        match row.known_number() {
            Some(sealed) => Ok(age::born(&self.open(RESIDENT_ID, row, sealed)?)),
            None => Ok(None),
        }
    }

    /// The name that the authority has confirmed; empty if none.
    pub(crate) fn known_name(&self, row: &Row) -> Result<String> {
        match row.known_name() {
            Some(sealed) => self.open(PERSON_NAME, row, sealed),
            None => Ok(String::new()),
        }
    }

    /// The look-up hash of a resident identity number.
    pub(crate) fn number_hash(&self, number: &ResidentId) -> [u8; 32] {
        self.keys
            .keyed_hash("identity.resident-id", number.expose().as_bytes())
    }

    /// Seals name and number of a verified person.
    pub(crate) fn seal_verified(
        &self,
        person_id: Uuid,
        name: &str,
        number: &ResidentId,
    ) -> (Vec<u8>, Vec<u8>) {
        (
            PERSON_NAME.seal(&self.keys, person_id, name),
            RESIDENT_ID.seal(&self.keys, person_id, number.expose()),
        )
    }

    /// As the person themselves is shown.
    pub(crate) fn person(&self, row: &Row) -> Result<Person> {
        let open = |column, sealed: &Option<Vec<u8>>| match sealed {
            Some(sealed) => self.open(column, row, sealed),
            None => Ok(String::new()),
        };
        let verified = row.verified_at.is_some();
        // Nothing of a verification that waits or is suspended is shown as if it stood.
        let number = match verified {
            true => open(RESIDENT_ID, &row.number_sealed)?,
            false => String::new(),
        };
        let status = match (verified, row.waits(), &row.number_hash) {
            (true, _, _) => VerificationStatus::Verified,
            (false, true, None) => VerificationStatus::AwaitingGuardian,
            (false, true, Some(_)) => VerificationStatus::Suspended,
            (false, false, _) => VerificationStatus::Unverified,
        };
        Ok(Person {
            person_id: row.person_id.to_string(),
            person_number: row.person_number.clone(),
            name: open(PERSON_NAME, &row.name_sealed)?,
            masked_document_number: if number.is_empty() {
                number
            } else {
                masked(&number)
            },
            verified_at: row.verified_at.map(wire::timestamp),
            division_code: row.division_code.clone(),
            etag: wire::etag(row.version),
            status: status.into(),
        })
    }

    /// Gender and year of birth, by the sealed number of a person.
    pub(crate) fn description(
        &self,
        person_id: Uuid,
        sealed: &[u8],
    ) -> Result<Option<Description>> {
        let number = RESIDENT_ID.open(&self.keys, person_id, sealed)?;
        Ok(Description::of(&number))
    }

    fn open(&self, column: SealedColumn, row: &Row, sealed: &[u8]) -> Result<String> {
        column.open(&self.keys, row.person_id, sealed)
    }
}

/// The gender as the contract names it.
pub(crate) fn gender(gender: description::Gender) -> Gender {
    match gender {
        description::Gender::Male => Gender::Male,
        description::Gender::Female => Gender::Female,
    }
}

/// What is published of a first verification.
pub(crate) fn verified_fact(
    division_code: String,
    description: Option<Description>,
) -> PersonVerified {
    PersonVerified {
        division_code,
        gender: description
            .map_or(Gender::Unspecified, |d| gender(d.gender))
            .into(),
        birth_year: description.map_or(0, |d| d.birth_year),
    }
}

/// Enters a verification and publishes it, with what the number tells of the person; `false` if the number is another person's. The
/// person, who lives in this division, is locked.
pub(crate) async fn set_verified(
    tx: &mut Tx,
    verified: &Verified<'_>,
    division_code: String,
    description: Option<Description>,
) -> Result<bool> {
    // A person who is verified again was described the first time, or is found by the worker that describes.
    let event = match store::set_verified(tx, verified, description.is_some()).await? {
        Entered::Taken => return Ok(false),
        Entered::First => {
            let fact = verified_fact(division_code, description);
            NewEvent::of("Person", verified.person_id, &fact)
        }
        Entered::Again => {
            let fact = PersonVerificationRestored { division_code };
            NewEvent::of("Person", verified.person_id, &fact)
        }
    };
    tx.publish(&event, verified.at).await?;
    Ok(true)
}

/// Verifies a person whose guardian agrees, with what has waited for that. The person is locked.
pub(crate) async fn verify_pending(
    tx: &mut Tx,
    registry: &Registry,
    row: &Row,
    now: OffsetDateTime,
) -> Result<()> {
    let gone = || Problem::internal(anyhow::anyhow!("nothing waits for the guardian"));
    let person_id = row.person_id;
    let pending = store::pending(tx, person_id).await?.ok_or_else(gone)?;
    let number_hash = pending.number_hash.as_slice().try_into();
    let verified = Verified {
        person_id,
        name_sealed: &pending.name_sealed,
        number_sealed: &pending.number_sealed,
        // The table holds 32 bytes.
        number_hash: number_hash.map_err(|_| gone())?,
        consent_text: &pending.consent_text,
        at: now,
    };
    let description = registry.description(person_id, &pending.number_sealed)?;
    if set_verified(tx, &verified, row.division_code.clone(), description).await? {
        Ok(())
    } else {
        Err(PersonError::InUse.into())
    }
}

/// Suspends the verification of a person whose guardian no longer agrees. The person is locked.
pub(crate) async fn suspend_verification(
    tx: &mut Tx,
    row: &Row,
    now: OffsetDateTime,
) -> Result<()> {
    store::suspend(tx, row.person_id, now).await?;
    let fact = PersonVerificationSuspended {
        division_code: row.division_code.clone(),
    };
    let event = NewEvent::of("Person", row.person_id, &fact);
    Ok(tx.publish(&event, now).await?)
}

/// Tokens name persons that exist, and persons do not vanish.
pub(crate) fn present(row: Option<Row>) -> Result<Row> {
    row.ok_or_else(|| Problem::internal(anyhow::anyhow!("a token without person")))
}
