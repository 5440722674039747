//! All SQL of pushed requests.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A request about to be kept.
#[derive(Debug)]
pub struct New<'a> {
    /// UUIDv7.
    pub request_id: Uuid,
    /// SHA-256 of the part of its address that is by chance.
    pub uri_hash: &'a [u8; 32],
    /// Which site asks.
    pub client_id: Uuid,
    /// The parameters, sealed for the request.
    pub parameters_sealed: &'a [u8],
    /// The counter that it counts for.
    pub counted_for: Option<&'a [u8; 32]>,
    /// Now.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// A request that a browser has brought.
#[derive(Debug)]
pub struct Taken {
    /// UUIDv7.
    pub request_id: Uuid,
    /// The parameters, sealed for the request.
    pub parameters_sealed: Vec<u8>,
    /// The counter that it counts for.
    pub counted_for: Option<[u8; 32]>,
}

/// Keeps a request.
pub async fn insert(conn: &mut PgConnection, new: &New<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into pushed_requests (request_id, uri_hash, client_id, parameters_sealed, counted_for, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.request_id,
        new.uri_hash,
        new.client_id,
        new.parameters_sealed,
        new.counted_for.map(|key| &key[..]),
        new.created_at,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a request of this client, if it is not too old: of two browsers that bring it, one finds it.
pub async fn take(
    conn: &mut PgConnection,
    uri_hash: &[u8; 32],
    client_id: &str,
    now: OffsetDateTime,
) -> Result<Option<Taken>, sqlx::Error> {
    let row = sqlx::query!(
        "delete from pushed_requests where uri_hash = $1 and client_id::text = $2 and expires_at > $3
         returning request_id, parameters_sealed, counted_for",
        uri_hash,
        client_id,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Taken {
        request_id: row.request_id,
        parameters_sealed: row.parameters_sealed,
        // The table holds 32 bytes.
        counted_for: row.counted_for.and_then(|key| key.try_into().ok()),
    }))
}

/// Removes requests that are too old.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from pushed_requests where expires_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
