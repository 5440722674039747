//! The methods of guardians.

use aws_lc_rs::rand;
use kit::{
    Call,
    clock::business_date,
    db::Db,
    errors::{Problem, Result},
    wire,
};
use proto_identity::v1::{
    ClaimWardRequest, ConfirmWardRequest, CreateGuardianCodeRequest, GetMyGuardianshipRequest,
    GuardianCode, ListMyWardsRequest, ListMyWardsResponse, MyGuardianship, RefuseWardRequest, Ward,
    WithdrawWardConsentRequest,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    rules::{self, Decision, GuardianError, State},
    store::{self, Row},
};
use crate::{
    contract,
    persons::{self, Registry, registry::present, rules::masked_name},
};

/// Children, and those who answer for them.
pub struct Guardians {
    /// Where guardianships are.
    pub db: Db,
    /// Opens what is kept of persons.
    pub registry: Registry,
}

impl contract::Guardians for Guardians {
    async fn create_guardian_code(
        &self,
        call: Call<CreateGuardianCodeRequest>,
    ) -> Result<GuardianCode> {
        let child_id = call.caller.person()?.person_id;
        let outcome = self.make_code(&call, child_id).await;
        let subject = person_subject(child_id);
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn get_my_guardianship(
        &self,
        call: Call<GetMyGuardianshipRequest>,
    ) -> Result<MyGuardianship> {
        let child_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        let code_expires_at = store::code_expires_at(&mut conn, child_id, call.now).await?;
        let mut answer = MyGuardianship {
            code_expires_at: code_expires_at.map(wire::timestamp),
            ..MyGuardianship::default()
        };
        let Some(row) = store::last_of_child(&mut conn, child_id).await? else {
            return Ok(answer);
        };
        let guardian = present(persons::store::read(&mut conn, row.guardian_id).await?)?;
        answer.state = row.state.to_wire();
        answer.masked_guardian_name = masked_name(&self.registry.known_name(&guardian)?);
        answer.consented_at = row.consented_at.map(wire::timestamp);
        answer.ended_at = row.ended_at.map(wire::timestamp);
        Ok(answer)
    }

    async fn claim_ward(&self, call: Call<ClaimWardRequest>) -> Result<Ward> {
        let guardian_id = call.caller.person()?.person_id;
        let outcome = self.claim(&call, guardian_id).await;
        let subject = person_subject(guardian_id);
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn list_my_wards(&self, call: Call<ListMyWardsRequest>) -> Result<ListMyWardsResponse> {
        let guardian_id = call.caller.person()?.person_id;
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

    async fn confirm_ward(&self, call: Call<ConfirmWardRequest>) -> Result<Ward> {
        let (call, input) = call.split();
        self.answer(call, &input.guardianship_id, Decision::Confirm)
            .await
    }

    async fn refuse_ward(&self, call: Call<RefuseWardRequest>) -> Result<Ward> {
        let (call, input) = call.split();
        self.answer(call, &input.guardianship_id, Decision::Refuse)
            .await
    }

    async fn withdraw_ward_consent(&self, call: Call<WithdrawWardConsentRequest>) -> Result<Ward> {
        let (call, input) = call.split();
        self.answer(call, &input.guardianship_id, Decision::Withdraw)
            .await
    }
}

impl Guardians {
    async fn make_code(
        &self,
        call: &Call<CreateGuardianCodeRequest>,
        child_id: Uuid,
    ) -> Result<GuardianCode> {
        let now = call.now;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        let child = present(persons::store::lock(&mut tx, child_id).await?)?;
        let born = self.registry.born(&child)?;
        rules::needs_guardian(child.waits(), born, business_date(now))?;
        let mut random = [0; rules::CODE_LENGTH];
        rand::fill(&mut random)
            .map_err(|_| Problem::internal(anyhow::anyhow!("the system gives no random bytes")))?;
        let code = rules::code(random);
        let expires_at = now + rules::CODE_LIFETIME;
        store::supersede(&mut tx, child_id, now).await?;
        store::put_code(&mut tx, child_id, &self.code_hash(&code), now, expires_at).await?;
        tx.audit(&person_subject(child_id)).await?;
        tx.commit(GuardianCode {
            code: rules::spaced(&code),
            expires_at: Some(wire::timestamp(expires_at)),
        })
        .await
    }

    async fn claim(&self, call: &Call<ClaimWardRequest>, guardian_id: Uuid) -> Result<Ward> {
        let (code, now) = (&call.message.code, call.now);
        let mut tx = call.begin(&self.db).await?;
        // Whether a code is good is said to those alone who may use one.
        self.may_answer(&mut tx, guardian_id, now).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        if !rules::is_code(code) {
            return Err(GuardianError::CodeWrong.into());
        }
        let code_hash = self.code_hash(code);
        let child_id = store::child_of(&mut tx, &code_hash, now)
            .await?
            .ok_or(GuardianError::CodeWrong)?;
        persons::store::lock_all(&mut tx, &[guardian_id, child_id]).await?;
        // While this one waited, another guardian may have been faster, or the child have made another code.
        if store::child_of(&mut tx, &code_hash, now).await? != Some(child_id) {
            return Err(GuardianError::CodeWrong.into());
        }
        self.may_answer(&mut tx, guardian_id, now).await?;
        if store::open_wards(&mut tx, guardian_id).await? >= rules::MOST_WARDS {
            return Err(GuardianError::TooMany.into());
        }
        let child = self.needs_guardian(&mut tx, child_id, now).await?;
        store::drop_code(&mut tx, child_id).await?;
        let row = Row {
            guardianship_id: kit::chance::id(now),
            child_id,
            guardian_id,
            state: State::Requested,
            requested_at: now,
            consented_at: None,
            consent_text: None,
            ended_at: None,
        };
        store::insert(&mut tx, row.guardianship_id, child_id, guardian_id, now).await?;
        tx.audit(&person_subject(child_id)).await?;
        tx.commit(self.shown(&row, Some(&child))?).await
    }

    pub(super) async fn may_answer(
        &self,
        conn: &mut PgConnection,
        guardian_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<()> {
        let guardian = present(persons::store::read(conn, guardian_id).await?)?;
        let verified = guardian.verified_at.is_some();
        let born = self.registry.born(&guardian)?;
        Ok(rules::may_answer(verified, born, business_date(now))?)
    }

    /// The child, if it waits for a guardian.
    pub(super) async fn needs_guardian(
        &self,
        conn: &mut PgConnection,
        child_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<persons::store::Row> {
        let child = present(persons::store::read(conn, child_id).await?)?;
        let born = self.registry.born(&child)?;
        rules::needs_guardian(child.waits(), born, business_date(now))?;
        Ok(child)
    }

    /// `child` if it is shown.
    pub(super) fn shown(&self, row: &Row, child: Option<&persons::store::Row>) -> Result<Ward> {
        let mut ward = Ward {
            guardianship_id: row.guardianship_id.to_string(),
            requested_at: Some(wire::timestamp(row.requested_at)),
            consented_at: row.consented_at.map(wire::timestamp),
            consent_text: row.consent_text.clone().unwrap_or_default(),
            ended_at: row.ended_at.map(wire::timestamp),
            ..Ward::default()
        };
        ward.state = row.state.to_wire();
        if let Some(child) = child {
            ward.masked_name = masked_name(&self.registry.known_name(child)?);
            ward.person_number.clone_from(&child.person_number);
        }
        Ok(ward)
    }

    fn code_hash(&self, code: &str) -> [u8; 32] {
        let keys = &self.registry.keys;
        keys.keyed_hash("identity.guardian-code", code.as_bytes())
    }
}

/// A child is shown to those who answer for it or were asked to, and not to a former guardian.
pub(super) fn is_shown(row: &Row) -> bool {
    matches!(row.state, State::Requested | State::Confirmed)
}

pub(super) fn person_subject(person_id: Uuid) -> String {
    format!("person:{person_id}")
}
