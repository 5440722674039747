//! Leaving jobs for the sites of sessions that have ended.

use jobs::NewJob;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{KIND, Logout, store};

/// A site that is away for longer learns of it when it asks: its tokens have ended in any case.
const EXPIRES_AFTER: Duration = Duration::days(1);
/// Sessions that have expired, looked at in one step.
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

/// The same for sessions that nothing but time has ended, or a replica of the release before; returns how many sites are told. A session that
/// was not used since `unused_since` has expired.
pub(crate) async fn leave_expired(
    conn: &mut PgConnection,
    unused_since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<usize, sqlx::Error> {
    let logouts = store::take_expired(conn, BATCH, unused_since, now).await?;
    enqueue(conn, &logouts, now).await?;
    Ok(logouts.len())
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
        contents.push((payload, key));
    }
    for (payload, key) in &contents {
        let job = NewJob {
            job_id: kit::chance::id(now),
            kind: KIND,
            payload,
            idempotency_key: key,
            expires_at: Some(now + EXPIRES_AFTER),
        };
        jobs::enqueue(conn, &job, now).await?;
    }
    Ok(())
}
