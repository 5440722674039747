//! The lock that seeding takes.

use sqlx::PgConnection;

/// Two processes that seed at once take turns: "seed".
const LOCK: i64 = 0x7365_6564;

/// Waits for another process that seeds, and keeps others waiting until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}
