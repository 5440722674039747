//! What a guardian decides about a ward: to confirm, to refuse, to withdraw the consent.

use eventlog::NewEvent;
use kit::{Call, call::Write, clock::business_date, errors::Result, wire};
use proto_identity::v1::{GuardianConsentGiven, GuardianConsentWithdrawn, Ward};
use proto_notices::{Filled, templates};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    rpc::{Guardians, is_shown, person_subject},
    rules::{self, Decision, GuardianError, State},
    store::{self, Row},
};
use crate::{
    grants,
    notices::{Telling, tell},
    persons::{
        self,
        registry::{present, suspend_verification, verify_pending},
    },
};

impl Guardians {
    pub(super) async fn answer(
        &self,
        call: Call<()>,
        guardianship_id: &str,
        decision: Decision,
    ) -> Result<Ward> {
        let guardianship_id = wire::parse_id("guardianship_id", guardianship_id)?;
        let outcome = self.decide(&call, guardianship_id, decision).await;
        let subject = format!("guardianship:{guardianship_id}");
        call.audit_refusal(&self.db, &subject, outcome).await
    }

    async fn decide(
        &self,
        call: &Call<()>,
        guardianship_id: Uuid,
        decision: Decision,
    ) -> Result<Ward> {
        let guardian_id = call.caller.person()?.person_id;
        let mut tx = call.begin(&self.db).await?;
        let child_id = own(&mut tx, guardianship_id, guardian_id).await?.child_id;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        persons::store::lock_all(&mut tx, &[guardian_id, child_id]).await?;
        // As it is now that no other call changes it.
        let mut row = own(&mut tx, guardianship_id, guardian_id).await?;
        if let Some(to) = rules::decide(row.state, decision)? {
            match to {
                State::Confirmed => self.confirm(&mut tx, &mut row, call.now).await?,
                State::Withdrawn => self.withdraw(&mut tx, &mut row, call.now).await?,
                _ => end(&mut tx, &mut row, to, call.now).await?,
            }
            tell_child(&mut tx, &row, call.now).await?;
            tx.audit(&person_subject(child_id)).await?;
        }
        let child = match is_shown(&row) {
            true => persons::store::read(&mut tx, child_id).await?,
            false => None,
        };
        tx.commit(self.shown(&row, child.as_ref())?).await
    }

    async fn confirm(&self, tx: &mut Write, row: &mut Row, now: OffsetDateTime) -> Result<()> {
        self.may_answer(tx, row.guardian_id, now).await?;
        let child = self.needs_guardian(tx, row.child_id, now).await?;
        store::confirm(tx, row.guardianship_id, rules::CONSENT_TEXT, now).await?;
        row.state = State::Confirmed;
        row.consented_at = Some(now);
        row.consent_text = Some(rules::CONSENT_TEXT.to_owned());
        let given = GuardianConsentGiven {
            child_person_id: row.child_id.to_string(),
        };
        let event = NewEvent::of("Guardianship", row.guardianship_id, &given);
        tx.publish(&event, now).await?;
        verify_pending(tx, &self.registry, &child, now).await
    }

    async fn withdraw(&self, tx: &mut Write, row: &mut Row, now: OffsetDateTime) -> Result<()> {
        end(tx, row, State::Withdrawn, now).await?;
        let withdrawn = GuardianConsentWithdrawn {
            child_person_id: row.child_id.to_string(),
        };
        let event = NewEvent::of("Guardianship", row.guardianship_id, &withdrawn);
        tx.publish(&event, now).await?;
        let child = present(persons::store::read(tx, row.child_id).await?)?;
        let verified = child.verified_at.is_some();
        if rules::suspends(verified, self.registry.born(&child)?, business_date(now)) {
            suspend_verification(tx, &child, now).await?;
            // Who acts for an organisation is a verified person.
            let guardian = person_subject(row.guardian_id);
            grants::revoke_all(tx, row.child_id, &guardian, now).await?;
        }
        Ok(())
    }
}

/// Tells the child what the guardian has answered. The name of the guardian is not part of it: notices hold no names of people.
async fn tell_child(tx: &mut Write, row: &Row, now: OffsetDateTime) -> Result<()> {
    let what: Filled = match row.state {
        State::Confirmed => templates::GuardianConfirmed {}.into(),
        State::Withdrawn => templates::GuardianWithdrew {}.into(),
        State::Refused => templates::GuardianRefused {}.into(),
        State::Requested | State::Superseded => return Ok(()),
    };
    let telling = Telling {
        what: &what,
        people: &[row.child_id],
        count: 1,
        urgent: false,
        told_at: now,
    };
    Ok(tell(tx, &telling, now).await?)
}

async fn end(tx: &mut Write, row: &mut Row, to: State, now: OffsetDateTime) -> Result<()> {
    store::end(tx, row.guardianship_id, to, now).await?;
    row.state = to;
    row.ended_at = Some(now);
    Ok(())
}

/// The guardianship, if it is this guardian's. Others do not exist for them.
async fn own(conn: &mut PgConnection, id: Uuid, guardian_id: Uuid) -> Result<Row> {
    let row = store::read(conn, id).await?;
    let row = row.filter(|row| row.guardian_id == guardian_id);
    Ok(row.ok_or(GuardianError::NotFound)?)
}
