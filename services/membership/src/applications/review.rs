//! What staff do with one application: pass, return, approve, reject.

use approvals::{Refusal, Standing};
use kit::{
    Call,
    errors::{Problem, Result},
    wire::{expect_version, parse_id},
};
use proto_membership::{reasons, v1 as wire};

use super::{
    Applications, Error, State, decide,
    decision::Decision,
    read::to_wire_with_past,
    rules::Action,
    store::{self, records},
};

use crate::application_routes::APPROVE;

/// One of the five requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Review<'a> {
    pub action: Action,
    /// The step that it is about; `None` where the action says it.
    pub step: Option<usize>,
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
        // Without a route a step is one of the two reviews.
        let action = match (record.route_version, review.step) {
            (None, Some(step)) => {
                let final_review = step == 2;
                if final_review && review.action != Action::Return {
                    call.caller
                        .require(&mut tx, APPROVE, organisation_id)
                        .await?;
                }
                built_in(&record, review.action, step)?
            }
            _ => review.action,
        };
        let decision = Decision {
            action,
            step: review.step,
            reason: review.reason,
            reviewer,
            now: call.now,
        };
        let outcomes =
            decide::carry_out(&mut tx, &self.keys, organisation_id, vec![record], decision).await?;
        let (record, outcome) = outcomes.into_iter().next().ok_or_else(not_found)?;
        outcome?;
        tx.audit(&format!("application:{application_id}")).await?;
        let answer =
            to_wire_with_past(&mut tx, record, (&self.keys, &self.files), audience, call).await?;
        tx.commit(answer).await
    }
}

/// What deciding a step of the two reviews is.
fn built_in(record: &records::Record, action: Action, step: usize) -> Result<Action, Error> {
    let here = match record.state {
        State::InFirstReview => 1,
        State::InFinalReview => 2,
        _ => return Err(Error::Route(Refusal::NotWaiting(Standing::Returned))),
    };
    if step != here {
        return Err(Error::Route(Refusal::OtherStep(here)));
    }
    match (action, here) {
        (Action::PassFirstReview | Action::Approve, 1) => Ok(Action::PassFirstReview),
        (Action::PassFirstReview | Action::Approve, _) => Ok(Action::Approve),
        (Action::Reject, 1) => Err(Error::Route(Refusal::NoRejection)),
        (other, _) => Ok(other),
    }
}

/// What a decision on a step leads to, and its reason: needed for returning and refusing, out of place otherwise.
pub(super) fn step_decision(
    request: &wire::DecideApplicationStepRequest,
) -> Result<(Action, Option<&str>)> {
    use wire::decide_application_step_request::Decision as Wire;
    let action = match request.decision() {
        Wire::Pass => return passing(&request.reason),
        Wire::Return => Action::Return,
        Wire::Reject => Action::Reject,
        Wire::Unspecified => {
            return Err(Problem::invalid(
                "decision",
                ("Missing; choose a decision.", "请选择审核结果。"),
            ));
        }
    };
    if request.reason.chars().count() < 2 {
        return Err(Problem::invalid(
            "reason",
            (
                "Give the applicant a reason of 2 to 500 characters.",
                "请填写 2 至 500 字的理由，申请人将看到该理由。",
            ),
        ));
    }
    Ok((action, Some(&request.reason)))
}

fn passing(reason: &str) -> Result<(Action, Option<&str>)> {
    if reason.is_empty() {
        return Ok((Action::PassFirstReview, None));
    }
    Err(Problem::invalid(
        "reason",
        (
            "Only for RETURN and REJECT; leave it out.",
            "只有退回或不予通过时才填写理由，请留空。",
        ),
    ))
}
