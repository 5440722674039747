//! SQL of the table that held deliveries before they were jobs. A replica of the release before still writes there, and sends from there,
//! until it is replaced; the table goes with the next release, and this file with it.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Turns deliveries into jobs, with their tries: those that no worker of the release before holds, and those that were given up. Returns
/// how many. A worker that holds one finishes it, or loses its lease; it passes over what is moved at this moment.
pub async fn adopt(conn: &mut PgConnection, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with adopted as (
             delete from deliveries
             where delivery_id = any(
                 array(select delivery_id from deliveries
                       where state in ('queued', 'sending') and (state = 'queued' or next_at <= $1)
                       limit 500 for update skip locked)
                 || array(select delivery_id from deliveries where state = 'dead' limit 500 for update skip locked))
             returning *)
         insert into jobs.jobs (job_id, kind, state, payload, idempotency_key, attempts, fence, next_at, expires_at, last_error,
                                created_at, finished_at)
         select delivery_id, kind, case state when 'dead' then 'dead' else 'queued' end,
                int4send(octet_length(recipient_sealed)) || recipient_sealed || body_sealed, idempotency_key, attempts, attempts,
                next_at, expires_at, last_error, created_at, finished_at
         from adopted
         on conflict do nothing",
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Removes what was sent before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from deliveries where state = 'sent' and finished_at < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
