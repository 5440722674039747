//! Review of the content of an activity before it is published, along the route of its organisation
//! ([`content_routes`](crate::content_routes)).
//!
//! * [`rpc`]: the service. [`review`]: what its methods do.

pub mod review;
pub mod rpc;

use kit::errors::Problem;
use proto_events::reasons;
use sqlx::PgConnection;
use uuid::Uuid;

use approvals::Standing;

use crate::content_routes::KIND;

/// Refuses what would change an activity under review.
pub async fn not_in_review(conn: &mut PgConnection, activity_id: Uuid) -> Result<(), Problem> {
    let cases = approvals::cases::load(conn, &KIND, &[activity_id]).await?;
    match cases.get(&activity_id).and_then(approvals::Case::standing) {
        Some(Standing::Waiting) => Err(Problem::of(&reasons::ACTIVITY_IN_REVIEW)),
        _ => Ok(()),
    }
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
