//! The table `card_keys`.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// Two replicas that start for the first time take turns: "card".
const LOCK: i64 = 0x6361_7264;

/// Waits for a replica that makes a key, and keeps others waiting until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// Key ids and sealed private keys, the oldest first.
pub(super) async fn all(conn: &mut PgConnection) -> Result<Vec<(String, Vec<u8>)>, sqlx::Error> {
    let rows = sqlx::query!("select kid, private_sealed from card_keys order by created_at, kid")
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.kid, row.private_sealed))
        .collect())
}

/// Enters a new key.
pub(super) async fn insert(
    conn: &mut PgConnection,
    kid: &str,
    public: &[u8],
    sealed: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into card_keys (kid, public_key, private_sealed, created_at) values ($1, $2, $3, $4)",
        kid,
        public,
        sealed,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
