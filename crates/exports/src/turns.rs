//! Of a person for an organisation one export runs at a time; the others wait for their turn.

use jobs::NewJob;
use kit::errors::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::store::{self, Record};

/// The kind of the jobs.
pub const JOB: &str = "exports.file";

/// Locks the turn of an export and the export itself, always in this order.
pub async fn lock(conn: &mut PgConnection, export_id: Uuid) -> Result<Option<Record>> {
    let Some(found) = store::find(conn, export_id).await? else {
        return Ok(None);
    };
    store::lock_turn(conn, found.requester_id, found.organisation_id).await?;
    Ok(store::lock(conn, export_id).await?)
}

/// Starts the next export of a person for an organisation, if none runs. The turn is locked. Wake the worker after the
/// commit.
pub async fn start_next(
    conn: &mut PgConnection,
    requester_id: Uuid,
    organisation_id: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(export_id) = store::next_turn(conn, requester_id, organisation_id).await? else {
        return Ok(());
    };
    let job = NewJob {
        job_id: export_id,
        kind: JOB,
        // The export says everything.
        payload: &[],
        idempotency_key: &format!("export:{export_id}"),
        expires_at: None,
    };
    jobs::enqueue(conn, &job, now).await?;
    Ok(())
}
