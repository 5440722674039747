//! Submitting, withdrawing and deciding.

use std::slice;

use approvals::{By, Case, Deciding, Decision, Everyone, Shown, Standing, notices};
use kit::{
    Call,
    call::Write,
    clock::business_date,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    notices::Notice,
    wire::{expect_version, parse_id},
};
use proto_events::{reasons, v1 as wire};
use proto_notices::templates::{
    ActivityReviewPassed, ActivityReviewRejected, ActivityReviewReturned, ActivityReviewWaits,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    activities::{Activity, ActivityError, State, rpc::require_for_activity, rules, store},
    content_routes::KIND,
};

/// Submits a draft, for the first time or again.
pub(super) async fn submit(
    db: &Db,
    keys: &Keys,
    call: &Call<()>,
    activity_id: Uuid,
) -> Result<wire::ActivityReview> {
    let person = call.caller.person()?;
    let mut tx = call.begin(db).await?;
    require_for_activity(call, &mut tx, activity_id).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let activity = locked(&mut tx, activity_id).await?;
    // What could not be published now is not worth a review.
    publishable(&mut tx, &activity, call.now).await?;
    let by = By {
        person_id: person.person_id,
        person_number: &person.person_number,
        at: call.received_at(),
    };
    let of = activity.organisation_id;
    let route = approvals::cases::route(&mut tx, &KIND, of).await?;
    let found = load(&mut tx, activity_id).await?;
    let (mut case, current) = match (found, route) {
        // Again: on the route that is published by now. Where there is none any more, it needs no review to be published.
        (Some(case), route) if route.is_some() || !case.may_come_again() => (case, route),
        (None, Some(route)) => (Case::new(activity_id, of, route, call.now), None),
        (_, None) | (Some(_), Some(_)) => {
            return Err(Problem::of(&reasons::ACTIVITY_WITHOUT_ROUTE));
        }
    };
    let editors = store::editors(&mut tx, activity_id).await?;
    let entry = case
        .submit(by, &editors, current)
        .map_err(approvals::cases::problem)?;
    approvals::store::cases::write(&mut tx, KIND.name, slice::from_ref(&entry)).await?;
    let cause = (person.person_id, call.now);
    let waits = waits(&mut tx, &activity, &case, cause).await?;
    finish(tx, keys, call, activity, (&case, None), waits).await
}

/// Takes a draft out of the review.
pub(super) async fn withdraw(
    db: &Db,
    keys: &Keys,
    call: &Call<()>,
    activity_id: Uuid,
) -> Result<wire::ActivityReview> {
    let person = call.caller.person()?;
    let mut tx = call.begin(db).await?;
    require_for_activity(call, &mut tx, activity_id).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let activity = locked(&mut tx, activity_id).await?;
    let mut case = under_review(&mut tx, activity_id).await?;
    let by = By {
        person_id: person.person_id,
        person_number: &person.person_number,
        at: call.now,
    };
    let entry = case.withdraw(by).map_err(approvals::cases::problem)?;
    approvals::store::cases::write(&mut tx, KIND.name, slice::from_ref(&entry)).await?;
    finish(tx, keys, call, activity, (&case, None), Vec::new()).await
}

/// Decides a step.
pub(super) async fn decide(
    db: &Db,
    keys: &Keys,
    call: &Call<()>,
    request: &wire::DecideActivityRequest,
) -> Result<wire::ActivityReview> {
    let person = call.caller.person()?;
    let activity_id = parse_id("activity_id", &request.activity_id)?;
    let (decision, reason) = decision(request)?;
    let mut tx = call.begin(db).await?;
    require_for_activity(call, &mut tx, activity_id).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let mut activity = locked(&mut tx, activity_id).await?;
    expect_version(&request.etag, activity.version)?;
    let mut case = under_review(&mut tx, activity_id).await?;
    let of = activity.organisation_id;
    let today = business_date(call.now);
    let deciding = Deciding::lock(&mut tx, &KIND, of, person.person_id, today).await?;
    let decider = case.decider(&deciding, call.now);
    let by = By {
        person_id: person.person_id,
        person_number: &person.person_number,
        at: call.now,
    };
    let step = usize::try_from(request.step).unwrap_or_default();
    let entry = case
        .decide(keys, step, decision, decider, by, reason)
        .map_err(approvals::cases::problem)?;
    approvals::store::cases::write(&mut tx, KIND.name, slice::from_ref(&entry)).await?;
    let mut notices = Vec::new();
    match case.standing() {
        Some(Standing::Passed) => {
            publishable(&mut tx, &activity, call.now).await?;
            store::publish(&mut tx, activity_id, call.now).await?;
            tx.publish(&activity.published(), call.now).await?;
            activity.state = State::Published;
            activity.version += 1;
            notices.extend(told(&case, passed(&activity)));
        }
        Some(Standing::Returned) => notices.extend(told(&case, returned(&activity))),
        Some(Standing::Rejected) => notices.extend(told(&case, rejected(&activity))),
        _ if case.begins_step() => {
            let cause = (person.person_id, call.now);
            notices.extend(waits(&mut tx, &activity, &case, cause).await?);
        }
        _ => {}
    }
    finish(tx, keys, call, activity, (&case, Some(&deciding)), notices).await
}

/// Refuses what cannot be published now, with or without a review.
async fn publishable(tx: &mut Write, activity: &Activity, now: OffsetDateTime) -> Result<()> {
    rules::publish(activity, now)?;
    if form_versions::desk::waits(&form_versions::Tables, tx, activity.activity_id).await? {
        return Err(ActivityError::FormDraftWaits.into());
    }
    Ok(())
}

fn decision(request: &wire::DecideActivityRequest) -> Result<(Decision, Option<&str>)> {
    use wire::decide_activity_request::Decision as Wire;
    let decision = match request.decision() {
        Wire::Return => Decision::Return,
        Wire::Reject => Decision::Reject,
        Wire::Pass | Wire::Unspecified if request.reason.is_empty() => {
            return Ok((Decision::Pass, None));
        }
        Wire::Pass | Wire::Unspecified => {
            return Err(Problem::invalid(
                "reason",
                (
                    "Only for RETURN and REJECT; leave it out.",
                    "只有退回或不予通过时才填写理由，请留空。",
                ),
            ));
        }
    };
    if request.reason.chars().count() < 2 {
        return Err(Problem::invalid(
            "reason",
            (
                "Say why, in 2 to 500 characters.",
                "请填写 2 至 500 字的理由。",
            ),
        ));
    }
    Ok((decision, Some(&request.reason)))
}

async fn locked(tx: &mut Write, activity_id: Uuid) -> Result<Activity> {
    let activity = store::lock(tx, activity_id).await?;
    Ok(activity.ok_or(ActivityError::NotFound)?)
}

async fn load(tx: &mut Write, activity_id: Uuid) -> Result<Option<Case>> {
    let mut cases = approvals::cases::load(tx, &KIND, &[activity_id]).await?;
    Ok(cases.remove(&activity_id))
}

async fn under_review(tx: &mut Write, activity_id: Uuid) -> Result<Case> {
    load(tx, activity_id)
        .await?
        .ok_or_else(|| Problem::of(&reasons::ACTIVITY_NOT_SUBMITTED))
}

async fn finish(
    mut tx: Write,
    keys: &Keys,
    call: &Call<()>,
    activity: Activity,
    (case, deciding): (&Case, Option<&Deciding>),
    notices: Vec<Notice>,
) -> Result<wire::ActivityReview> {
    tx.audit(&format!("activity:{}", activity.activity_id))
        .await?;
    if !notices.is_empty() {
        tx.notify(&notices, call.now).await?;
    }
    let answer = shown(keys, activity, case, deciding, call.now)?;
    tx.commit(answer).await
}

/// A review as staff see it; `deciding` is the reader who may decide.
pub(super) fn shown(
    keys: &Keys,
    activity: Activity,
    case: &Case,
    deciding: Option<&Deciding>,
    now: OffsetDateTime,
) -> Result<wire::ActivityReview> {
    let allowed = deciding.map(|deciding| case.allowed(deciding, now));
    let shown = Shown {
        staff: true,
        allowed: allowed.unwrap_or_default(),
        reasons: Some(keys),
        ..Shown::to_applicant(now)
    };
    Ok(wire::ActivityReview {
        activity: Some(activity.into()),
        case: Some(case.to_wire(shown)?),
        reason: case.reason(keys)?,
    })
}

async fn waits(
    tx: &mut Write,
    activity: &Activity,
    case: &Case,
    (except, now): (Uuid, OffsetDateTime),
) -> Result<Vec<Notice>> {
    let what = || ActivityReviewWaits {
        organisation_id: activity.organisation_id,
        organisation_name: &activity.organisation_name,
    };
    let of = activity.organisation_id;
    let everyone = Everyone::read(tx, &KIND, of, business_date(now)).await?;
    Ok(notices::waits(&everyone, [case], except, what))
}

fn told(case: &Case, what: impl Into<proto_notices::Filled>) -> Option<Notice> {
    Some(Notice::to_person(case.submitter()?, what))
}

fn passed(activity: &Activity) -> ActivityReviewPassed<'_> {
    ActivityReviewPassed {
        activity_id: activity.activity_id,
        activity_title: &activity.content.title,
    }
}

fn returned(activity: &Activity) -> ActivityReviewReturned<'_> {
    ActivityReviewReturned {
        organisation_id: activity.organisation_id,
        activity_title: &activity.content.title,
    }
}

fn rejected(activity: &Activity) -> ActivityReviewRejected<'_> {
    ActivityReviewRejected {
        organisation_id: activity.organisation_id,
        activity_title: &activity.content.title,
    }
}
