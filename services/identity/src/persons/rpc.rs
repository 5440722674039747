//! The methods of the person registry, except the one that verifies a real name: see [`verification`](crate::verification).

use eventlog::NewEvent;
use kit::{
    access, audit,
    db::{Begin, Tx},
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::{
    GetMyPersonRequest, Person, PersonMoved, PersonVerificationRestored,
    PersonVerificationSuspended, PersonVerified, UpdateMyPersonRequest,
    person::Status as VerificationStatus,
};
use time::Date;
use tonic::{Request, Response};
use uuid::Uuid;

use super::{
    PersonError,
    store::{self, Entered, Row, Verified},
};
use crate::{
    Identity, divisions,
    resident_id::{ResidentId, age, rules::masked},
};

const UPDATE: &str = "cast.identity.v1.Persons/UpdateMyPerson";
const NAME: &str = "identity.person.name";
const NUMBER: &str = "identity.person.resident-id";

impl Identity {
    /// The caller as the registry holds them.
    pub(crate) async fn get_my_person(
        &self,
        request: Request<GetMyPersonRequest>,
    ) -> Result<Response<Person>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let row = store::read(&mut conn, person_id).await?;
        Ok(Response::new(self.person(&present(row)?)?))
    }

    /// The caller works elsewhere now.
    pub(crate) async fn update_my_person(
        &self,
        request: Request<UpdateMyPersonRequest>,
    ) -> Result<Response<Person>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let input = request.into_inner();
        divisions::check("division_code", &input.division_code)?;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(&caller, &self.keys, &input.request_id, &input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(Response::new(answer)),
        };
        let before = present(store::lock(&mut tx, person_id).await?)?;
        if wire::expect_version(&input.etag, before.version).is_err() {
            return Err(PersonError::Outdated.into());
        }
        if before.division_code != input.division_code {
            store::set_division(&mut tx, person_id, &input.division_code, now).await?;
            let moved = PersonMoved {
                from_division_code: before.division_code,
                to_division_code: input.division_code,
            };
            tx.publish(&NewEvent::of("Person", person_id, &moved), now)
                .await?;
            audit::record(
                &mut tx,
                &caller,
                UPDATE,
                &format!("person:{person_id}"),
                "ok",
                now,
            )
            .await?;
        }
        let answer = self.person(&present(store::read(&mut tx, person_id).await?)?)?;
        tx.commit(&answer).await?;
        Ok(Response::new(answer))
    }

    /// Enters a verification and tells the others; `false` if the number is another person's. The person is locked.
    pub(crate) async fn set_verified(&self, tx: &mut Tx, verified: &Verified<'_>) -> Result<bool> {
        let entered = store::set_verified(tx, verified).await?;
        if entered == Entered::Taken {
            return Ok(false);
        }
        let row = present(store::read(tx, verified.person_id).await?)?;
        let division_code = row.division_code;
        let event = if entered == Entered::First {
            let fact = PersonVerified { division_code };
            NewEvent::of("Person", verified.person_id, &fact)
        } else {
            let fact = PersonVerificationRestored { division_code };
            NewEvent::of("Person", verified.person_id, &fact)
        };
        tx.publish(&event, verified.at).await?;
        Ok(true)
    }

    /// Verifies a person whose guardian agrees, with what has waited for that. The person is locked.
    pub(crate) async fn verify_pending(&self, tx: &mut Tx, person_id: Uuid) -> Result<()> {
        let gone = || Problem::internal(anyhow::anyhow!("nothing waits for the guardian"));
        let pending = store::pending(tx, person_id).await?.ok_or_else(gone)?;
        let number_hash = pending.number_hash.as_slice().try_into();
        let verified = Verified {
            person_id,
            name_sealed: &pending.name_sealed,
            number_sealed: &pending.number_sealed,
            // The table holds 32 bytes.
            number_hash: number_hash.map_err(|_| gone())?,
            consent_text: &pending.consent_text,
            at: self.clock.now(),
        };
        if self.set_verified(tx, &verified).await? {
            Ok(())
        } else {
            Err(PersonError::InUse.into())
        }
    }

    /// Suspends the verification of a person whose guardian no longer agrees. The person is locked.
    pub(crate) async fn suspend_verification(&self, tx: &mut Tx, row: &Row) -> Result<()> {
        let now = self.clock.now();
        store::suspend(tx, row.person_id, now).await?;
        let fact = PersonVerificationSuspended {
            division_code: row.division_code.clone(),
        };
        let event = NewEvent::of("Person", row.person_id, &fact);
        Ok(tx.publish(&event, now).await?)
    }

    /// When a person was born, if the registry knows.
    pub(crate) fn born(&self, row: &Row) -> Result<Option<Date>> {
        match row.known_number() {
            Some(sealed) => Ok(age::born(&self.open_text(NUMBER, row.person_id, sealed)?)),
            None => Ok(None),
        }
    }

    /// The name that the authority has confirmed; empty if none.
    pub(crate) fn known_name(&self, row: &Row) -> Result<String> {
        match row.known_name() {
            Some(sealed) => self.open_text(NAME, row.person_id, sealed),
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
            self.seal_text(NAME, person_id, name),
            self.seal_text(NUMBER, person_id, number.expose()),
        )
    }

    /// As the person themselves is shown.
    pub(crate) fn person(&self, row: &Row) -> Result<Person> {
        let open = |purpose, sealed: &Option<Vec<u8>>| match sealed {
            Some(sealed) => self.open_text(purpose, row.person_id, sealed),
            None => Ok(String::new()),
        };
        let verified = row.verified_at.is_some();
        // Nothing of a verification that waits or is suspended is shown as if it stood.
        let number = match verified {
            true => open(NUMBER, &row.number_sealed)?,
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
            name: open(NAME, &row.name_sealed)?,
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
}

/// Tokens name persons that exist, and persons do not vanish.
pub(crate) fn present(row: Option<Row>) -> Result<Row> {
    row.ok_or_else(|| Problem::internal(anyhow::anyhow!("a token without person")))
}
