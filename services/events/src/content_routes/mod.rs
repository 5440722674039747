//! The way on which the activities of an organisation are reviewed before they are published. What routes are stands in
//! `crates/approvals`; what walks them in [`content_review`](crate::content_review).

pub mod rpc;

use approvals::{Kind, Shown, Standing};
use kit::{crypto::Keys, errors::Problem, notices::Notice};
use proto_events::{reasons, v1 as wire};
use proto_notices::templates::ActivityChangedAfterReview;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The permission by which activities are reviewed.
pub const REVIEW: &str = "activities.review";
/// The permission by which activities are prepared.
pub const MANAGE: &str = "activities.manage";

/// Routes of activities.
pub const KIND: Kind = Kind {
    name: "ACTIVITY",
    base: REVIEW,
    permissions: &[REVIEW, MANAGE],
    // Reviewers of the organisation above see its drafts as well.
    parents: true,
};

/// Whether an organisation reviews its activities before they are published.
pub async fn is_asked_for(conn: &mut PgConnection, organisation_id: Uuid) -> Result<bool, Problem> {
    let route = approvals::cases::route(conn, &KIND, organisation_id).await?;
    Ok(route.is_some())
}

/// Puts the reviews of activities into what their staff see of them.
pub async fn show(
    conn: &mut PgConnection,
    keys: &Keys,
    activities: &mut [wire::Activity],
    now: OffsetDateTime,
) -> Result<(), Problem> {
    let ids: Vec<Uuid> = activities
        .iter()
        .filter_map(|activity| Uuid::try_parse(&activity.activity_id).ok())
        .collect();
    let cases = approvals::cases::load(conn, &KIND, &ids).await?;
    for activity in activities {
        let id = Uuid::try_parse(&activity.activity_id);
        if let Some(case) = id.ok().and_then(|id| cases.get(&id)) {
            activity.review = Some(case.to_wire(Shown {
                staff: true,
                reasons: Some(keys),
                ..Shown::to_applicant(now)
            })?);
            activity.review_reason = case.reason(keys)?;
        }
    }
    Ok(())
}

/// Refuses what would change an activity under review.
pub async fn not_in_review(conn: &mut PgConnection, activity_id: Uuid) -> Result<(), Problem> {
    let cases = approvals::cases::load(conn, &KIND, &[activity_id]).await?;
    match cases.get(&activity_id).and_then(approvals::Case::standing) {
        Some(Standing::Waiting) => Err(Problem::of(&reasons::ACTIVITY_IN_REVIEW)),
        _ => Ok(()),
    }
}

/// Tells those who let an activity pass its review that it is changed now, after it was published. `by`: who changes it.
pub async fn changed(
    conn: &mut PgConnection,
    activity_id: Uuid,
    activity_title: &str,
    by: Uuid,
) -> Result<Option<Notice>, Problem> {
    let cases = approvals::cases::load(conn, &KIND, &[activity_id]).await?;
    let passed = cases
        .get(&activity_id)
        .filter(|case| case.standing() == Some(Standing::Passed));
    let mut reviewers = passed.map(approvals::Case::passed_by).unwrap_or_default();
    reviewers.retain(|person| *person != by);
    let what = ActivityChangedAfterReview {
        activity_id,
        activity_title,
    };
    Ok((!reviewers.is_empty()).then(|| Notice::to_people(&reviewers, what)))
}

/// Refuses to publish without a review where the organisation asks for one, or where one has refused it.
pub async fn may_publish(
    conn: &mut PgConnection,
    activity_id: Uuid,
    organisation_id: Uuid,
) -> Result<(), Problem> {
    let cases = approvals::cases::load(conn, &KIND, &[activity_id]).await?;
    match cases.get(&activity_id).and_then(approvals::Case::standing) {
        Some(Standing::Waiting) => return Err(Problem::of(&reasons::ACTIVITY_IN_REVIEW)),
        Some(Standing::Rejected) => return Err(Problem::of(&reasons::ACTIVITY_REVIEW_ENDED)),
        _ => {}
    }
    match approvals::cases::route(conn, &KIND, organisation_id).await? {
        Some(_) => Err(Problem::of(&reasons::ACTIVITY_NEEDS_REVIEW)),
        None => Ok(()),
    }
}
