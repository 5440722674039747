//! Ending sessions. By whatever way one ends, the sites that were signed in to in it are told.

use kit::errors::Result;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{rules, store};
use crate::logouts;

/// Ends a session of this account; `None` if it has none by this id, otherwise whether it was alive.
pub(crate) async fn end_one(
    conn: &mut PgConnection,
    account_id: Uuid,
    session_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<bool>> {
    let alive = store::revoke(conn, account_id, session_id, now).await?;
    if alive == Some(true) {
        logouts::leave(conn, &[session_id], now).await?;
    }
    Ok(alive)
}

/// Ends all sessions of an account but one; returns how many were alive.
pub(crate) async fn end_all(
    conn: &mut PgConnection,
    account_id: Uuid,
    but: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<usize> {
    let ended = store::revoke_all(conn, account_id, but, now).await?;
    logouts::leave(conn, &ended, now).await?;
    Ok(ended.len())
}

/// Ends the least recently used sessions of an account beyond the most that it may have.
pub(crate) async fn end_oldest(
    conn: &mut PgConnection,
    account_id: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let ended = store::keep_at_most(conn, account_id, rules::MOST, now).await?;
    logouts::leave(conn, &ended, now).await?;
    Ok(())
}
