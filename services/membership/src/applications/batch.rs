//! One decision on up to 200 applications. Each stands or falls alone: those that cannot take the decision are reported
//! with the reason, the others are written together in one transaction.

use std::collections::HashMap;

use kit::{
    Call,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_membership::{
    reasons,
    v1::{
        self as wire, batch_decide_applications_request::Decision as WireDecision,
        batch_decide_applications_response::Result as Line,
    },
};
use uuid::Uuid;

use super::{
    Applications, decide,
    decision::Decision,
    rules::Action,
    store::{self, records},
};

/// The contract asks for the permission to review; what is final takes this one, too.
const APPROVE: &str = "applications.approve";

/// What the decision leads to, and its reason: needed for returning and rejecting, out of place otherwise.
fn read_decision(request: &wire::BatchDecideApplicationsRequest) -> Result<(Action, Option<&str>)> {
    let action = match request.decision() {
        WireDecision::PassFirstReview => Action::PassFirstReview,
        WireDecision::Return => Action::Return,
        WireDecision::Approve => Action::Approve,
        WireDecision::Reject => Action::Reject,
        WireDecision::Unspecified => {
            return Err(Problem::invalid(
                "decision",
                ("Missing; choose a decision.", "请选择审核结果。"),
            ));
        }
    };
    let needed = matches!(action, Action::Return | Action::Reject);
    match (needed, request.reason.chars().count()) {
        (true, 2..=500) => Ok((action, Some(&request.reason))),
        (true, _) => Err(Problem::invalid(
            "reason",
            (
                "Give the applicants a reason of 2 to 500 characters.",
                "请填写 2 至 500 字的理由，申请人将看到该理由。",
            ),
        )),
        (false, 0) => Ok((action, None)),
        (false, _) => Err(Problem::invalid(
            "reason",
            (
                "Only for RETURN and REJECT; leave it out.",
                "只有退回或不予通过时才填写理由，请留空。",
            ),
        )),
    }
}

impl Applications {
    pub(super) async fn batch_decide(
        &self,
        call: Call<wire::BatchDecideApplicationsRequest>,
    ) -> Result<wire::BatchDecideApplicationsResponse> {
        let (call, request) = call.split();
        let reviewer = call.caller.person()?;
        let organisation_id = parse_id("organisation_id", &request.organisation_id)?;
        let (action, reason) = read_decision(&request)?;
        let ids = request
            .application_ids
            .iter()
            .enumerate()
            .map(|(at, id)| parse_id(&format!("application_ids[{at}]"), id))
            .collect::<Result<Vec<Uuid>>>()?;
        let mut tx = call.begin(&self.db).await?;
        if matches!(action, Action::Approve | Action::Reject) {
            call.caller
                .require(&mut tx, APPROVE, organisation_id)
                .await?;
        }
        if let Some(answer) = tx.replayed().await? {
            // Nothing is decided now: what was the caller's own was refused then.
            reviewer.own_among(&[]);
            return Ok(answer);
        }
        let locked = store::lock_submitted(&mut tx, &ids, organisation_id).await?;
        let records = records::get_many(&mut tx, &locked).await?;
        // Numbers are given in the order of the request.
        let mut by_id: HashMap<Uuid, _> =
            records.into_iter().map(|r| (r.application_id, r)).collect();
        let records = ids.iter().filter_map(|id| by_id.remove(id)).collect();
        let decision = Decision {
            action,
            step: None,
            reason,
            reviewer,
            now: call.now,
        };
        let outcomes =
            decide::carry_out(&mut tx, &self.keys, organisation_id, records, decision).await?;
        let mut lines: HashMap<Uuid, Line> = outcomes
            .into_iter()
            .map(|(record, outcome)| {
                let refused = outcome
                    .err()
                    .map(|error| Problem::from(error).reason().code.to_owned());
                let line = Line {
                    application_id: record.application_id.to_string(),
                    state: record.state.to_wire(),
                    refused_because: refused.unwrap_or_default(),
                };
                (record.application_id, line)
            })
            .collect();
        let missing = |id: &Uuid| Line {
            application_id: id.to_string(),
            state: 0,
            refused_because: reasons::NOT_FOUND.code.to_owned(),
        };
        let results = ids
            .iter()
            .map(|id| lines.remove(id).unwrap_or_else(|| missing(id)))
            .collect();
        tx.audit(&format!("organisation:{organisation_id}")).await?;
        tx.commit(wire::BatchDecideApplicationsResponse { results })
            .await
    }
}
