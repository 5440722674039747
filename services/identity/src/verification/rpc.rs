//! The method `VerifyMyPerson`.

use kit::{
    access::{self, Caller},
    audit,
    clock::business_date,
    db::Begin,
    errors::Result,
};
use proto::cast::identity::v1::{Person, VerifyMyPersonRequest};
use tonic::{Request, Response};
use uuid::Uuid;

use super::{
    VerificationError,
    rules::{self, Earlier, Verification},
};
use crate::{
    Identity, guardians,
    persons::{
        self, PersonError,
        rpc::present,
        rules::real_name,
        store::{Row, Verified},
    },
    resident_id::{
        ResidentId,
        age::{self, Group},
        verifier::{self, Answer},
    },
    throttles,
};

const VERIFY: &str = "cast.identity.v1.Persons/VerifyMyPerson";
/// Version of the text on the page where people agree to the verification. Change it with the text.
const CONSENT_TEXT: &str = "verification/2026-11";

impl Identity {
    /// Verifies the caller's real name, or keeps it until a guardian agrees.
    pub(crate) async fn verify_my_person(
        &self,
        request: Request<VerifyMyPersonRequest>,
    ) -> Result<Response<Person>> {
        let caller = access::caller(&request);
        let person_id = caller.person()?.person_id;
        let input = request.into_inner();
        let name = input.name.as_str();
        real_name(name).map_err(VerificationError::from)?;
        let today = business_date(self.clock.now());
        let number =
            ResidentId::parse(&input.resident_id_number, today).map_err(VerificationError::from)?;
        let number_hash = self.number_hash(&number);
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
            return Ok(Response::new(self.person(&before)?));
        }
        // Whether the number is taken is looked at only after the authority has confirmed that it is the caller's: it would tell who
        // has an account.
        self.ask_authority(&caller, person_id, name, &number)
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
        let before = present(persons::store::lock(&mut tx, person_id).await?)?;
        let (name_sealed, number_sealed) = self.seal_verified(person_id, name, &number);
        let proved = Verified {
            person_id,
            name_sealed: &name_sealed,
            number_sealed: &number_sealed,
            number_hash: &number_hash,
            consent_text: CONSENT_TEXT,
            at: now,
        };
        let (entered, outcome) = match self.compare(&before, name, &number_hash, group)? {
            Verification::Repeated => (true, None),
            Verification::Verify => (self.set_verified(&mut tx, &proved).await?, Some("ok")),
            Verification::AwaitGuardian => (
                persons::store::set_pending(&mut tx, &proved).await?,
                Some("AWAITING_GUARDIAN"),
            ),
        };
        if !entered {
            drop(tx);
            self.note(&caller, person_id, "DOCUMENT_IN_USE").await?;
            return Err(PersonError::InUse.into());
        }
        if let Some(outcome) = outcome {
            // Whoever was asked to answer for a child was asked about what the registry held then.
            guardians::store::drop_code(&mut tx, person_id).await?;
            guardians::store::supersede(&mut tx, person_id, now).await?;
            let subject = format!("person:{person_id}");
            audit::record(&mut tx, &caller, VERIFY, &subject, outcome, now).await?;
        }
        let answer = self.person(&present(persons::store::read(&mut tx, person_id).await?)?)?;
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
            return Err(VerificationError::Mismatch.into());
        }
        let mut tx = self.db.begin().await?;
        throttles::store::forgive(&mut tx, &admission.counters, self.clock.now()).await?;
        tx.commit().await?;
        asked
            .map(|_| ())
            .map_err(|error| VerificationError::Unavailable(error).into())
    }

    /// Leaves a record of a verification that was refused.
    async fn note(&self, caller: &Caller, person_id: Uuid, outcome: &str) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let subject = format!("person:{person_id}");
        audit::record(&mut tx, caller, VERIFY, &subject, outcome, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    fn compare(
        &self,
        row: &Row,
        name: &str,
        number_hash: &[u8; 32],
        group: Group,
    ) -> Result<Verification> {
        // Names that were kept before all of their characters had one form are read once more.
        let same_name = text::name(&self.known_name(row)?) == name;
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
