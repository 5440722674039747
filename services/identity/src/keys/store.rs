//! All SQL of signing keys.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{Algorithm, jwk::Jwk};

/// Any number that nobody else uses.
const LOCK: i64 = 0x6361_7374_6b65_7973;

/// Makes replicas that start at the same time wait for each other until the transaction ends.
pub async fn queue_up(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// Name and sealed private part of the key that signs now.
pub async fn current(
    conn: &mut PgConnection,
    algorithm: Algorithm,
) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select kid, private_sealed from signing_keys where algorithm = $1 and state = 'current'",
        algorithm.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.kid, row.private_sealed)))
}

/// Enters a key that signs from now on.
pub async fn insert_current(
    conn: &mut PgConnection,
    algorithm: Algorithm,
    public: &Jwk,
    private_sealed: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into signing_keys (kid, algorithm, state, public_jwk, private_sealed, created_at, activated_at)
         values ($1, $2, 'current', $3, $4, $5, $5)",
        public.kid,
        algorithm.as_str(),
        public.json,
        private_sealed,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The public parts of all keys: those to come, those in use, and those whose tokens may still be around.
pub async fn published(conn: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select public_jwk from signing_keys order by algorithm, created_at")
        .fetch_all(conn)
        .await
}
