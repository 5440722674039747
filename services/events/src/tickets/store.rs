//! The SQL of ticket keys.

use sqlx::PgConnection;
use time::OffsetDateTime;

/// A stored key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The `kid` of every ticket signed by the key.
    pub key_id: String,
    /// 32 bytes (RFC 8032, section 5.1.5).
    pub public_key: Vec<u8>,
    /// The seed, sealed.
    pub private_key: Vec<u8>,
}

/// Keeps other replicas from generating a key until the transaction ends.
pub async fn lock_keys(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('events.ticket_keys', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

/// All keys, the oldest first.
pub async fn keys(conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
    sqlx::query_as!(
        StoredKey,
        "select key_id, public_key, private_key from ticket_keys order by created_at, key_id"
    )
    .fetch_all(conn)
    .await
}

/// Inserts a new key.
pub async fn insert_key(
    conn: &mut PgConnection,
    key: &StoredKey,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ticket_keys (key_id, public_key, private_key, created_at) values ($1, $2, $3, $4)",
        key.key_id,
        key.public_key,
        key.private_key,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
