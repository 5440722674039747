//! The methods of guardians.

use aws_lc_rs::rand;
use eventlog::NewEvent;
use kit::{
    access::{self, Caller},
    audit,
    clock::business_date,
    db::{Begin, Tx},
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::{
    ClaimWardRequest, ConfirmWardRequest, CreateGuardianCodeRequest, GetMyGuardianshipRequest,
    GuardianCode, GuardianConsentGiven, GuardianConsentWithdrawn, GuardianshipState,
    ListMyWardsRequest, ListMyWardsResponse, MyGuardianship, RefuseWardRequest, Ward,
    WithdrawWardConsentRequest, guardians_server::Guardians,
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    rules::{self, Decision, GuardianError, State},
    store::{self, Row},
};
use crate::{
    Identity,
    persons::{self, rules::masked_name},
};

const CODE: &str = "cast.identity.v1.Guardians/CreateGuardianCode";
const CLAIM: &str = "cast.identity.v1.Guardians/ClaimWard";
const CONFIRM: &str = "cast.identity.v1.Guardians/ConfirmWard";
const REFUSE: &str = "cast.identity.v1.Guardians/RefuseWard";
const WITHDRAW: &str = "cast.identity.v1.Guardians/WithdrawWardConsent";

#[tonic::async_trait]
impl Guardians for Identity {
    async fn create_guardian_code(
        &self,
        request: Request<CreateGuardianCodeRequest>,
    ) -> Result<Response<GuardianCode>, Status> {
        let caller = access::caller(&request);
        let subject = person_subject(caller.person()?.person_id);
        let made = self.make_code(&caller, &request.into_inner()).await;
        Ok(self.answered(&caller, CODE, &subject, made).await?)
    }

    async fn get_my_guardianship(
        &self,
        request: Request<GetMyGuardianshipRequest>,
    ) -> Result<Response<MyGuardianship>, Status> {
        let caller = access::caller(&request);
        let child_id = caller.person()?.person_id;
        Ok(Response::new(self.my_guardianship(child_id).await?))
    }

    async fn claim_ward(
        &self,
        request: Request<ClaimWardRequest>,
    ) -> Result<Response<Ward>, Status> {
        let caller = access::caller(&request);
        let subject = person_subject(caller.person()?.person_id);
        let claimed = self.claim(&caller, &request.into_inner()).await;
        Ok(self.answered(&caller, CLAIM, &subject, claimed).await?)
    }

    async fn list_my_wards(
        &self,
        request: Request<ListMyWardsRequest>,
    ) -> Result<Response<ListMyWardsResponse>, Status> {
        let caller = access::caller(&request);
        let guardian_id = caller.person()?.person_id;
        Ok(Response::new(self.wards_of(guardian_id).await?))
    }

    async fn confirm_ward(
        &self,
        request: Request<ConfirmWardRequest>,
    ) -> Result<Response<Ward>, Status> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let answer = Answer {
            id: &input.guardianship_id,
            request_id: &input.request_id,
            decision: Decision::Confirm,
            action: CONFIRM,
        };
        Ok(self.answer_for_ward(&caller, answer, &input).await?)
    }

    async fn refuse_ward(
        &self,
        request: Request<RefuseWardRequest>,
    ) -> Result<Response<Ward>, Status> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let answer = Answer {
            id: &input.guardianship_id,
            request_id: &input.request_id,
            decision: Decision::Refuse,
            action: REFUSE,
        };
        Ok(self.answer_for_ward(&caller, answer, &input).await?)
    }

    async fn withdraw_ward_consent(
        &self,
        request: Request<WithdrawWardConsentRequest>,
    ) -> Result<Response<Ward>, Status> {
        let caller = access::caller(&request);
        let input = request.into_inner();
        let answer = Answer {
            id: &input.guardianship_id,
            request_id: &input.request_id,
            decision: Decision::Withdraw,
            action: WITHDRAW,
        };
        Ok(self.answer_for_ward(&caller, answer, &input).await?)
    }
}

/// What a guardian says about a ward.
#[derive(Clone, Copy)]
struct Answer<'a> {
    id: &'a str,
    request_id: &'a str,
    decision: Decision,
    action: &'static str,
}

impl Identity {
    async fn make_code(
        &self,
        caller: &Caller,
        input: &CreateGuardianCodeRequest,
    ) -> Result<GuardianCode> {
        let child_id = caller.person()?.person_id;
        let now = self.clock.now();
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &input.request_id, input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let child = persons::rpc::present(persons::store::lock(&mut tx, child_id).await?)?;
        rules::needs_guardian(child.waits(), self.born(&child)?, business_date(now))?;
        let mut random = [0; rules::CODE_LENGTH];
        rand::fill(&mut random)
            .map_err(|_| Problem::internal(anyhow::anyhow!("the system gives no random bytes")))?;
        let code = rules::code(random);
        let expires_at = now + rules::CODE_LIFETIME;
        store::supersede(&mut tx, child_id, now).await?;
        store::put_code(&mut tx, child_id, &self.code_hash(&code), now, expires_at).await?;
        audit::record(&mut tx, caller, CODE, &person_subject(child_id), "ok", now).await?;
        let answer = GuardianCode {
            code: rules::spaced(&code),
            expires_at: Some(wire::timestamp(expires_at)),
        };
        tx.commit(&answer).await?;
        Ok(answer)
    }

    async fn my_guardianship(&self, child_id: Uuid) -> Result<MyGuardianship> {
        let mut conn = self.db.read().await?;
        let code_expires_at = store::code_expires_at(&mut conn, child_id, self.clock.now()).await?;
        let mut answer = MyGuardianship {
            code_expires_at: code_expires_at.map(wire::timestamp),
            ..MyGuardianship::default()
        };
        let Some(row) = store::last_of_child(&mut conn, child_id).await? else {
            return Ok(answer);
        };
        let guardian = persons::store::read(&mut conn, row.guardian_id).await?;
        answer.set_state(state(row.state()));
        answer.masked_guardian_name =
            masked_name(&self.known_name(&persons::rpc::present(guardian)?)?);
        answer.consented_at = row.consented_at.map(wire::timestamp);
        answer.ended_at = row.ended_at.map(wire::timestamp);
        Ok(answer)
    }

    async fn claim(&self, caller: &Caller, input: &ClaimWardRequest) -> Result<Ward> {
        let guardian_id = caller.person()?.person_id;
        let now = self.clock.now();
        // Whether a code is good is said to those alone who may use one.
        {
            let mut conn = self.db.read().await?;
            self.may_answer(&mut conn, guardian_id).await?;
        }
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, &input.request_id, input)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        if !rules::is_code(&input.code) {
            return Err(GuardianError::CodeWrong.into());
        }
        let code_hash = self.code_hash(&input.code);
        let child_id = store::child_of(&mut tx, &code_hash, now)
            .await?
            .ok_or(GuardianError::CodeWrong)?;
        persons::store::lock_all(&mut tx, &[guardian_id, child_id]).await?;
        // Another guardian may have been faster while we waited, or the child have made another code.
        if store::child_of(&mut tx, &code_hash, now).await? != Some(child_id) {
            return Err(GuardianError::CodeWrong.into());
        }
        self.may_answer(&mut tx, guardian_id).await?;
        if store::open_wards(&mut tx, guardian_id).await? >= rules::MOST_WARDS {
            return Err(GuardianError::TooMany.into());
        }
        self.needs_guardian(&mut tx, child_id).await?;
        store::drop_code(&mut tx, child_id).await?;
        let guardianship_id = Uuid::now_v7();
        store::insert(&mut tx, guardianship_id, child_id, guardian_id, now).await?;
        let subject = person_subject(child_id);
        audit::record(&mut tx, caller, CLAIM, &subject, "ok", now).await?;
        let answer = self.ward(&mut tx, guardianship_id).await?;
        tx.commit(&answer).await?;
        Ok(answer)
    }

    async fn wards_of(&self, guardian_id: Uuid) -> Result<ListMyWardsResponse> {
        let mut conn = self.db.read().await?;
        let rows = store::of_guardian(&mut conn, guardian_id).await?;
        let shown = rows.iter().filter(|row| is_shown(row));
        let ids: Vec<Uuid> = shown.map(|row| row.child_id).collect();
        let children = persons::store::read_all(&mut conn, &ids).await?;
        let wards = rows.iter().map(|row| {
            let child = children
                .iter()
                .find(|child| is_shown(row) && child.person_id == row.child_id);
            self.shown(row, child)
        });
        Ok(ListMyWardsResponse {
            wards: wards.collect::<Result<_>>()?,
        })
    }

    async fn answer_for_ward<M: prost::Message + prost::Name>(
        &self,
        caller: &Caller,
        answer: Answer<'_>,
        message: &M,
    ) -> Result<Response<Ward>> {
        let guardianship_id = wire::parse_id("guardianship_id", answer.id)?;
        let said = self.say(caller, answer, guardianship_id, message).await;
        let subject = format!("guardianship:{guardianship_id}");
        self.answered(caller, answer.action, &subject, said).await
    }

    async fn say<M: prost::Message + prost::Name>(
        &self,
        caller: &Caller,
        answer: Answer<'_>,
        guardianship_id: Uuid,
        message: &M,
    ) -> Result<Ward> {
        let guardian_id = caller.person()?.person_id;
        let now = self.clock.now();
        {
            let mut conn = self.db.read().await?;
            own(&mut conn, guardianship_id, guardian_id).await?;
        }
        let mut tx = match self
            .db
            .begin_once(caller, &self.keys, answer.request_id, message)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        let child_id = own(&mut tx, guardianship_id, guardian_id).await?.child_id;
        persons::store::lock_all(&mut tx, &[guardian_id, child_id]).await?;
        // As it is now that nobody else changes it.
        let row = own(&mut tx, guardianship_id, guardian_id).await?;
        if let Some(to) = rules::decide(row.state(), answer.decision)? {
            match to {
                State::Confirmed => self.confirm(&mut tx, &row).await?,
                State::Withdrawn => self.withdraw(&mut tx, &row).await?,
                _ => store::end(&mut tx, guardianship_id, to, now).await?,
            }
            let subject = person_subject(child_id);
            audit::record(&mut tx, caller, answer.action, &subject, "ok", now).await?;
        }
        let ward = self.ward(&mut tx, guardianship_id).await?;
        tx.commit(&ward).await?;
        Ok(ward)
    }

    async fn confirm(&self, tx: &mut Tx, row: &Row) -> Result<()> {
        let now = self.clock.now();
        self.may_answer(tx, row.guardian_id).await?;
        self.needs_guardian(tx, row.child_id).await?;
        store::confirm(tx, row.guardianship_id, rules::CONSENT_TEXT, now).await?;
        let given = GuardianConsentGiven {
            child_person_id: row.child_id.to_string(),
        };
        tx.publish(
            &NewEvent::of("Guardianship", row.guardianship_id, &given),
            now,
        )
        .await?;
        self.verify_pending(tx, row.child_id).await
    }

    async fn withdraw(&self, tx: &mut Tx, row: &Row) -> Result<()> {
        let now = self.clock.now();
        store::end(tx, row.guardianship_id, State::Withdrawn, now).await?;
        let withdrawn = GuardianConsentWithdrawn {
            child_person_id: row.child_id.to_string(),
        };
        let event = NewEvent::of("Guardianship", row.guardianship_id, &withdrawn);
        tx.publish(&event, now).await?;
        let child = persons::store::read(tx, row.child_id).await?;
        let child = persons::rpc::present(child)?;
        let verified = child.verified_at.is_some();
        if rules::suspends(verified, self.born(&child)?, business_date(now)) {
            self.suspend_verification(tx, &child).await?;
            // Who acts for an organisation is a verified person.
            self.take_all(tx, row.child_id).await?;
        }
        Ok(())
    }

    async fn may_answer(&self, conn: &mut PgConnection, guardian_id: Uuid) -> Result<()> {
        let guardian = persons::store::read(conn, guardian_id).await?;
        let guardian = persons::rpc::present(guardian)?;
        let today = business_date(self.clock.now());
        let verified = guardian.verified_at.is_some();
        Ok(rules::may_answer(verified, self.born(&guardian)?, today)?)
    }

    async fn needs_guardian(&self, conn: &mut PgConnection, child_id: Uuid) -> Result<()> {
        let child = persons::store::read(conn, child_id).await?;
        let child = persons::rpc::present(child)?;
        let today = business_date(self.clock.now());
        Ok(rules::needs_guardian(
            child.waits(),
            self.born(&child)?,
            today,
        )?)
    }

    async fn ward(&self, conn: &mut PgConnection, guardianship_id: Uuid) -> Result<Ward> {
        let row = store::read(conn, guardianship_id)
            .await?
            .ok_or(GuardianError::NotFound)?;
        let child = match is_shown(&row) {
            true => persons::store::read(conn, row.child_id).await?,
            false => None,
        };
        self.shown(&row, child.as_ref())
    }

    /// `child` if it is shown.
    fn shown(&self, row: &Row, child: Option<&persons::store::Row>) -> Result<Ward> {
        let mut ward = Ward {
            guardianship_id: row.guardianship_id.to_string(),
            requested_at: Some(wire::timestamp(row.requested_at)),
            consented_at: row.consented_at.map(wire::timestamp),
            consent_text: row.consent_text.clone().unwrap_or_default(),
            ended_at: row.ended_at.map(wire::timestamp),
            ..Ward::default()
        };
        ward.set_state(state(row.state()));
        if let Some(child) = child {
            ward.masked_name = masked_name(&self.known_name(child)?);
            ward.person_number.clone_from(&child.person_number);
        }
        Ok(ward)
    }

    fn code_hash(&self, code: &str) -> [u8; 32] {
        self.keys
            .keyed_hash("identity.guardian-code", code.as_bytes())
    }
}

/// A child is shown to those who answer for it or were asked to, and not to a former guardian.
fn is_shown(row: &Row) -> bool {
    matches!(row.state(), State::Requested | State::Confirmed)
}

/// The guardianship, if it is this guardian's. Others do not exist for them.
async fn own(conn: &mut PgConnection, id: Uuid, guardian_id: Uuid) -> Result<Row> {
    let row = store::read(conn, id).await?;
    let row = row.filter(|row| row.guardian_id == guardian_id);
    Ok(row.ok_or(GuardianError::NotFound)?)
}

fn person_subject(person_id: Uuid) -> String {
    format!("person:{person_id}")
}

fn state(state: State) -> GuardianshipState {
    match state {
        State::Requested => GuardianshipState::Requested,
        State::Confirmed => GuardianshipState::Confirmed,
        State::Refused => GuardianshipState::Refused,
        State::Withdrawn => GuardianshipState::Withdrawn,
        State::Superseded => GuardianshipState::Superseded,
    }
}
