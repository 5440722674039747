//! What staff do with one application: pass, return, approve, reject.

use kit::{
    Call,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_membership::{reasons, v1 as wire};

use super::{
    Applications,
    decide::{self, Decision},
    read::to_wire_with_past,
    rules::Action,
    store::{self, records},
};

/// One of the four requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Review<'a> {
    pub action: Action,
    pub application_id: &'a str,
    /// Empty to decide on whatever is there.
    pub etag: &'a str,
    pub reason: Option<&'a str>,
}

impl Applications {
    pub(super) async fn review(
        &self,
        call: &Call<()>,
        review: Review<'_>,
    ) -> Result<wire::Application> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let reviewer = call.caller.person()?;
        let application_id = parse_id("application_id", review.application_id)?;
        let mut tx = call.begin(&self.db).await?;
        // A caller who may not see it does not learn whether it exists.
        let (organisation_id, applicant) = store::belongs_to(&mut tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        let held = tx.held_on(organisation_id).await?;
        let audience = held.ok_or_else(not_found)?.into();
        call.caller.not_about(applicant)?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        store::lock_submitted(&mut tx, &[application_id], organisation_id).await?;
        let record = records::get(&mut tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        expect_version(review.etag, record.version)?;
        let decision = Decision {
            action: review.action,
            reason: review.reason,
            reviewer,
            now: call.now,
        };
        let outcomes =
            decide::carry_out(&mut tx, &self.keys, organisation_id, vec![record], decision).await?;
        let (record, outcome) = outcomes.into_iter().next().ok_or_else(not_found)?;
        outcome?;
        tx.audit(&format!("application:{application_id}")).await?;
        let answer = to_wire_with_past(&mut tx, record, &self.keys, audience, call.now).await?;
        tx.commit(answer).await
    }
}
