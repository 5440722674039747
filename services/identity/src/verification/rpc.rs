//! The methods of the contract's service `Persons`: those of the registry, and the one that verifies a real name.

use std::sync::Arc;

use kit::{Call, clock::business_date, db::Db, errors::Result};
use proto_identity::v1::{
    GetMyPersonRequest, Person, UpdateMyPersonRequest, VerifyMyPersonRequest,
};
use uuid::Uuid;

use super::{
    VerificationError,
    rules::{self, Earlier, Verification},
};
use crate::{
    contract, guardians,
    persons::{
        self, PersonError, Registry,
        registry::{present, set_verified},
        rules::real_name,
        store::{Row, Verified},
    },
    resident_id::{
        ResidentId,
        age::{self, Group},
        verifier::{self, Answer, Verifier},
    },
    throttles::Throttles,
};

/// Version of the text on the page where people agree to the verification. Change it with the text.
const CONSENT_TEXT: &str = "verification/2026-11";

/// The person registry, and the authority that confirms real names.
pub struct Persons {
    /// Where persons are.
    pub db: Db,
    /// Opens what is kept of them.
    pub registry: Registry,
    /// Confirms real names.
    pub verifier: Arc<dyn Verifier>,
    /// Slows down those who guess.
    pub throttles: Throttles,
}

impl contract::Persons for Persons {
    async fn get_my_person(&self, call: Call<GetMyPersonRequest>) -> Result<Person> {
        persons::rpc::get_my_person(&self.db, &self.registry, call).await
    }

    async fn update_my_person(&self, call: Call<UpdateMyPersonRequest>) -> Result<Person> {
        persons::rpc::update_my_person(&self.db, &self.registry, call).await
    }

    /// Verifies the caller's real name, or keeps it until a guardian agrees.
    async fn verify_my_person(&self, call: Call<VerifyMyPersonRequest>) -> Result<Person> {
        let (call, input) = call.split();
        let person_id = call.caller.person()?.person_id;
        let name = input.name.as_str();
        real_name(name).map_err(VerificationError::from)?;
        let today = business_date(call.now);
        let number =
            ResidentId::parse(&input.resident_id_number, today).map_err(VerificationError::from)?;
        let number_hash = self.registry.number_hash(&number);
        // A number that was read has a day of birth.
        let group = number
            .born()
            .map_or(Group::Child, |born| age::group(born, today));

        let before = {
            let mut conn = self.db.read().await?;
            present(persons::store::read(&mut conn, person_id).await?)?
        };
        // Who is verified already is not a question for the authority.
        if self.compare(&before, name, &number_hash, group)? == Verification::Repeated {
            return self.registry.person(&before);
        }
        // Whether the number is taken is looked at only after the authority has confirmed that it is the caller's: it would tell who
        // has an account.
        self.ask_authority(&call, person_id, name, &number).await?;

        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let before = present(persons::store::lock(&mut tx, person_id).await?)?;
        let (name_sealed, number_sealed) = self.registry.seal_verified(person_id, name, &number);
        let proved = Verified {
            person_id,
            name_sealed: &name_sealed,
            number_sealed: &number_sealed,
            number_hash: &number_hash,
            consent_text: CONSENT_TEXT,
            at: call.now,
        };
        let (entered, outcome) = match self.compare(&before, name, &number_hash, group)? {
            Verification::Repeated => (true, None),
            Verification::Verify => (
                set_verified(&mut tx, &proved, before.division_code, number.description()).await?,
                Some("ok"),
            ),
            Verification::AwaitGuardian => (
                persons::store::set_pending(&mut tx, &proved).await?,
                Some("AWAITING_GUARDIAN"),
            ),
        };
        let subject = format!("person:{person_id}");
        if !entered {
            drop(tx);
            let refusal = Err(PersonError::InUse.into());
            return call.audit_refusal(&self.db, &subject, refusal).await;
        }
        if let Some(outcome) = outcome {
            // A guardian who was asked to answer for a child was asked about what the registry held then.
            guardians::store::drop_code(&mut tx, person_id).await?;
            guardians::store::supersede(&mut tx, person_id, call.now).await?;
            tx.audit_as(&subject, outcome).await?;
        }
        // Read again: which of the tables hold name and number now is the store's to say.
        let row = present(persons::store::read(&mut tx, person_id).await?)?;
        tx.commit(self.registry.person(&row)?).await
    }
}

impl Persons {
    /// Asks whether name and number belong together. Answers of "no" slow the person down: the authority is no place to guess in.
    async fn ask_authority(
        &self,
        call: &Call<()>,
        person_id: Uuid,
        name: &str,
        number: &ResidentId,
    ) -> Result<()> {
        let admission = self
            .throttles
            .admit_own("verify", person_id, call.now)
            .await?;
        let verifier = self.verifier.as_ref();
        let answer =
            verifier::ask(verifier, kit::chance::id(call.now), name, number, call.now).await;
        if let Ok(Answer::Mismatch) = answer {
            let subject = format!("person:{person_id}");
            let refusal = Err(VerificationError::Mismatch.into());
            return call.audit_refusal(&self.db, &subject, refusal).await;
        }
        self.throttles.forgive(&admission, call.now).await?;
        answer
            .map(|_| ())
            .map_err(|error| VerificationError::Unavailable(error).into())
    }

    fn compare(
        &self,
        row: &Row,
        name: &str,
        number_hash: &[u8; 32],
        group: Group,
    ) -> Result<Verification> {
        // Names that were kept before all of their characters had one form are read once more.
        let same_name = text::name(&self.registry.known_name(row)?) == name;
        let same =
            |hash: &Option<Vec<u8>>| same_name && hash.as_deref() == Some(number_hash.as_slice());
        let earlier = match (&row.name_sealed, &row.pending_name_sealed) {
            (Some(_), _) => Earlier::Verified(same(&row.number_hash)),
            (None, Some(_)) => {
                let same = same(&row.pending_number_hash);
                match row.number_hash {
                    Some(_) => Earlier::Suspended(same),
                    None => Earlier::Awaiting(same),
                }
            }
            (None, None) => Earlier::Nothing,
        };
        Ok(rules::verify(earlier, group).map_err(VerificationError::from)?)
    }
}
