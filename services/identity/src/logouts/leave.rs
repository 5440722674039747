//! Leaving jobs for the sites of sessions that have ended.

use jobs::NewJob;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{KIND, Logout, store};

/// A site that is away for longer learns of it when it asks: its tokens have ended in any case.
pub(super) const EXPIRES_AFTER: Duration = Duration::days(1);
/// Sign-ins looked at in one step.
const BATCH: i64 = 500;

/// Leaves a job for each site of these sessions, in the transaction that ends them. Each is told once.
pub(crate) async fn leave(
    conn: &mut PgConnection,
    sessions: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if sessions.is_empty() {
        return Ok(());
    }
    let logouts = store::take(conn, sessions, now).await?;
    enqueue(conn, &logouts, now).await
}

/// The same for sessions that nothing but time has ended, or a replica of the release before: looks at one batch of what is due, in a
/// transaction of the caller. Returns whether more may be left. A session that was not used since `unused_since` has expired.
pub(crate) async fn leave_expired(
    conn: &mut PgConnection,
    unused_since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let looked = store::take_expired(conn, BATCH, unused_since, now).await?;
    let told = looked.iter().filter(|one| one.tell);
    let logouts: Vec<Logout> = told.map(|one| one.logout()).collect();
    enqueue(conn, &logouts, now).await?;
    // Others may hold some of what is due, so that a batch is not full although more is left.
    Ok(!looked.is_empty())
}

async fn enqueue(
    conn: &mut PgConnection,
    logouts: &[Logout],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let mut contents = Vec::with_capacity(logouts.len());
    for logout in logouts {
        let payload =
            serde_json::to_vec(logout).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let key = format!("logout:{}:{}", logout.session_id, logout.client_id);
        contents.push((payload, key, logout.client_id.to_string()));
    }
    let jobs: Vec<_> = contents
        .iter()
        .map(|(payload, key, lane)| {
            let job = NewJob {
                job_id: kit::chance::id(now),
                kind: KIND,
                payload,
                idempotency_key: key,
                expires_at: Some(now + EXPIRES_AFTER),
            };
            (job, lane.clone())
        })
        .collect();
    jobs::enqueue_in_lanes(conn, &jobs, now).await?;
    Ok(())
}
