//! What staff do with one application: pass, return, approve, reject.

use kit::{
    access::Caller,
    audit,
    db::Begin,
    errors::Problem,
    wire::{expect_version, parse_id},
};
use proto::{cast::membership::v1 as wire, reasons};

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
    /// Empty to decide on whatever stands there.
    pub etag: &'a str,
    pub reason: Option<&'a str>,
    pub request_id: &'a str,
}

impl Applications {
    pub(super) async fn review<M: prost::Message + prost::Name>(
        &self,
        caller: &Caller,
        review: Review<'_>,
        request: &M,
    ) -> Result<wire::Application, Problem> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let reviewer = caller.person()?;
        let application_id = parse_id("application_id", review.application_id)?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        // Whoever may not see it does not learn whether it exists.
        let (organisation_id, applicant) = store::belongs_to(&mut tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        let permission = review.action.permission();
        let held = caller.held(&mut tx, permission, organisation_id).await?;
        let audience = held.ok_or_else(not_found)?.into();
        caller.not_about(applicant)?;
        let mut tx = match tx
            .once(caller, &self.keys, review.request_id, request)
            .await?
        {
            Begin::Fresh(tx) => tx,
            Begin::Replayed(answer) => return Ok(answer),
        };
        store::lock_handed_in(&mut tx, &[application_id], organisation_id).await?;
        let record = records::get(&mut tx, application_id)
            .await?
            .ok_or_else(not_found)?;
        expect_version(review.etag, record.version)?;
        let decision = Decision {
            action: review.action,
            reason: review.reason,
            reviewer,
            now,
        };
        let outcomes =
            decide::carry_out(&mut tx, &self.keys, organisation_id, vec![record], decision).await?;
        let (record, outcome) = outcomes.into_iter().next().ok_or_else(not_found)?;
        outcome?;
        let method = format!(
            "cast.membership.v1.Applications/{}",
            M::NAME.trim_end_matches("Request")
        );
        audit::record(
            &mut tx,
            caller,
            &method,
            &format!("application:{application_id}"),
            "ok",
            now,
        )
        .await?;
        let answer = to_wire_with_past(&mut tx, record, &self.keys, audience).await?;
        tx.commit(&answer).await?;
        Ok(answer)
    }
}
