//! The methods of the person registry.

use eventlog::NewEvent;
use kit::{
    access::{self, Caller},
    audit,
    clock::business_date,
    db::Begin,
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::{
    GetMyPersonRequest, Person, PersonMoved, PersonVerified, UpdateMyPersonRequest,
    VerifyMyPersonRequest, persons_server::Persons,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    PersonError,
    rules::{self, ResidentId, Verification},
    store::{self, Row, Verified},
    verifier::{self, Answer},
};
use crate::{Identity, divisions, throttles};

const UPDATE: &str = "cast.identity.v1.Persons/UpdateMyPerson";
const VERIFY: &str = "cast.identity.v1.Persons/VerifyMyPerson";
/// Version of the text on the page where people agree to the verification. Change it with the text.
const CONSENT_TEXT: &str = "verification/2026-11";
const NAME: &str = "identity.person.name";
const NUMBER: &str = "identity.person.resident-id";

#[tonic::async_trait]
impl Persons for Identity {
    async fn get_my_person(
        &self,
        request: Request<GetMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.get_my_person(request).await?)
    }

    async fn update_my_person(
        &self,
        request: Request<UpdateMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.update_my_person(request).await?)
    }

    async fn verify_my_person(
        &self,
        request: Request<VerifyMyPersonRequest>,
    ) -> Result<Response<Person>, Status> {
        Ok(self.verify_my_person(request).await?)
    }
}

impl Identity {
    async fn get_my_person(
        &self,
        request: Request<GetMyPersonRequest>,
    ) -> Result<Response<Person>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let row = store::read(&mut conn, person_id).await?;
        Ok(Response::new(self.person(&present(row)?)?))
    }

    async fn update_my_person(
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

    async fn verify_my_person(
        &self,
        request: Request<VerifyMyPersonRequest>,
    ) -> Result<Response<Person>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let input = request.into_inner();
        let name = rules::real_name(&input.name).map_err(PersonError::from)?;
        let number = ResidentId::parse(&input.resident_id_number, business_date(self.clock.now()))
            .map_err(PersonError::from)?;
        let number_hash = self.number_hash(&number);

        let before = {
            let mut conn = self.db.read().await?;
            present(store::read(&mut conn, person_id).await?)?
        };
        // Who is verified already is not a question for the authority.
        if self.compare(&before, &name, &number_hash)? == Verification::Repeated {
            return Ok(Response::new(self.person(&before)?));
        }
        // Whether the number is taken is looked at only after the authority has confirmed that it is the caller's: it would tell who
        // has an account.
        self.ask_authority(&caller, person_id, &name, &number)
            .await?;

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
        if self.compare(&before, &name, &number_hash)? == Verification::First {
            let (name_sealed, number_sealed) = self.seal_verified(person_id, &name, &number);
            let verified = Verified {
                person_id,
                name_sealed: &name_sealed,
                number_sealed: &number_sealed,
                number_hash: &number_hash,
                consent_text: CONSENT_TEXT,
                at: now,
            };
            if !store::set_verified(&mut tx, &verified).await? {
                drop(tx);
                self.note(&caller, person_id, "DOCUMENT_IN_USE").await?;
                return Err(PersonError::InUse.into());
            }
            let fact = PersonVerified {
                division_code: before.division_code,
            };
            tx.publish(&NewEvent::of("Person", person_id, &fact), now)
                .await?;
            audit::record(
                &mut tx,
                &caller,
                VERIFY,
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

    /// Asks whether name and number belong together. Answers of "no" slow the person down: the authority is no place to guess in.
    async fn ask_authority(
        &self,
        caller: &Caller,
        person_id: Uuid,
        name: &str,
        number: &ResidentId,
    ) -> Result<()> {
        let admission = self.admit_own("verify", person_id).await?;
        let asked = verifier::ask(
            self.verifier.as_ref(),
            Uuid::now_v7(),
            name,
            number,
            self.clock.now(),
        )
        .await;
        if let Ok(Answer::Mismatch) = asked {
            self.note(caller, person_id, "NAME_AND_NUMBER_DIFFER")
                .await?;
            return Err(PersonError::Mismatch.into());
        }
        let mut tx = self.db.begin().await?;
        throttles::store::forgive(&mut tx, &admission.counters, self.clock.now()).await?;
        tx.commit().await?;
        asked
            .map(|_| ())
            .map_err(|error| PersonError::Unavailable(error).into())
    }

    /// Leaves a record of a verification that was refused.
    async fn note(&self, caller: &Caller, person_id: Uuid, outcome: &str) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let subject = format!("person:{person_id}");
        audit::record(&mut tx, caller, VERIFY, &subject, outcome, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    fn compare(&self, row: &Row, name: &str, number_hash: &[u8; 32]) -> Result<Verification> {
        let earlier = match &row.name_sealed {
            Some(sealed) => {
                let same_name = self.open_text(NAME, row.person_id, sealed)? == name;
                Some((
                    same_name,
                    row.number_hash.as_deref() == Some(number_hash.as_slice()),
                ))
            }
            None => None,
        };
        Ok(rules::verify(earlier).map_err(PersonError::from)?)
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

    fn person(&self, row: &Row) -> Result<Person> {
        let open = |purpose, sealed: &Option<Vec<u8>>| match sealed {
            Some(sealed) => self.open_text(purpose, row.person_id, sealed),
            None => Ok(String::new()),
        };
        let number = open(NUMBER, &row.number_sealed)?;
        Ok(Person {
            person_id: row.person_id.to_string(),
            person_number: row.person_number.clone(),
            name: open(NAME, &row.name_sealed)?,
            masked_document_number: if number.is_empty() {
                number
            } else {
                rules::masked(&number)
            },
            verified_at: row.verified_at.map(wire::timestamp),
            division_code: row.division_code.clone(),
            etag: wire::etag(row.version),
        })
    }
}

/// Tokens name persons that exist, and persons do not vanish.
fn present(row: Option<Row>) -> Result<Row> {
    row.ok_or_else(|| Problem::internal(anyhow::anyhow!("a token without person")))
}
