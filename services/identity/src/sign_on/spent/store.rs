//! All SQL of tokens that have served.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Uses a token up; `false` if it has served. Of two uses at the same time, the second waits for the first.
pub async fn spend(
    conn: &mut PgConnection,
    token_hash: &[u8; 32],
    expires_at: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into spent_tokens (token_hash, expires_at) values ($1, $2) on conflict do nothing",
        token_hash,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes those that would be void by now anyway.
pub async fn sweep(conn: &mut PgConnection, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from spent_tokens where expires_at < $1", now)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
