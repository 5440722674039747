//! What operators do with jobs: look, pause, resume, cancel, retry.
//!
//! A job that is paused or cancelled while a worker runs it loses its lease: the worker stops at the next report of
//! progress. After a resume another try starts when that lease would have ended, at the earliest.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::state::State;

/// A job without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// UUIDv7: in the order of creation.
    pub job_id: Uuid,
    /// Says which handler runs it.
    pub kind: String,
    /// Where it is in its life.
    pub state: State,
    /// Tries since it was queued or retried.
    pub attempts: i32,
    /// Progress, in units of the handler.
    pub done: i64,
    /// Of how much, if that is known.
    pub total: Option<i64>,
    /// Why the last try failed.
    pub last_error: String,
    /// When it was enqueued.
    pub created_at: OffsetDateTime,
    /// When the next try may begin, or another worker may take over.
    pub next_at: OffsetDateTime,
    /// Of no use after this.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was done, given up or cancelled.
    pub finished_at: Option<OffsetDateTime>,
}

/// One job.
pub async fn find(conn: &mut PgConnection, job_id: Uuid) -> Result<Option<Summary>, sqlx::Error> {
    sqlx::query_as!(
        Summary,
        r#"select job_id, kind, state as "state: State", attempts, done, total, last_error, created_at, next_at, expires_at,
                  finished_at
           from jobs.jobs where job_id = $1"#,
        job_id
    )
    .fetch_optional(conn)
    .await
}

/// Jobs of a kind in a state, newest first; those before `before`, the last one of the page before.
pub async fn list(
    conn: &mut PgConnection,
    kind: &str,
    state: State,
    before: Option<Uuid>,
    most: i64,
) -> Result<Vec<Summary>, sqlx::Error> {
    sqlx::query_as!(
        Summary,
        r#"select job_id, kind, state as "state: State", attempts, done, total, last_error, created_at, next_at, expires_at,
                  finished_at
           from jobs.jobs where kind = $1 and state = $2 and job_id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
           order by job_id desc limit $4"#,
        kind,
        state.as_str(),
        before,
        most
    )
    .fetch_all(conn)
    .await
}

/// Starts no further try of a job. `false` if it has ended or is paused.
pub async fn pause(conn: &mut PgConnection, job_id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update jobs.jobs set state = 'paused' where job_id = $1 and state in ('queued', 'running')",
        job_id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Queues a paused job again. `false` if it is not paused.
pub async fn resume(conn: &mut PgConnection, job_id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update jobs.jobs set state = 'queued' where job_id = $1 and state = 'paused'",
        job_id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a job and erases its payload. `false` if it has ended.
pub async fn cancel(
    conn: &mut PgConnection,
    job_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update jobs.jobs set state = 'cancelled', payload = null, finished_at = $2
         where job_id = $1 and state in ('queued', 'running', 'paused')",
        job_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Queues a job that was given up, with all its tries. `false` if it was not given up, or has expired.
pub async fn retry(
    conn: &mut PgConnection,
    job_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update jobs.jobs set state = 'queued', attempts = 0, next_at = $2, finished_at = null
         where job_id = $1 and state = 'dead' and (expires_at is null or expires_at > $2)",
        job_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Starts no job of a kind until it is resumed; what runs is finished. `false` if it is paused already.
pub async fn pause_kind(
    conn: &mut PgConnection,
    kind: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into jobs.paused_kinds (kind, paused_at) values ($1, $2) on conflict do nothing",
        kind,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Starts jobs of a kind again. `false` if it is not paused.
pub async fn resume_kind(conn: &mut PgConnection, kind: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from jobs.paused_kinds where kind = $1", kind)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The kinds that are paused, and since when.
pub async fn paused_kinds(
    conn: &mut PgConnection,
) -> Result<Vec<(String, OffsetDateTime)>, sqlx::Error> {
    let rows = sqlx::query!("select kind, paused_at from jobs.paused_kinds order by kind")
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.kind, row.paused_at))
        .collect())
}
