//! All SQL of one-time codes.

use kit::crypto::Keys;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Purpose,
    rules::{DAY, Recent, Sent, State, WINDOW},
};

/// A code about to be stored.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// UUIDv7.
    pub code_id: Uuid,
    /// What it is for.
    pub purpose: Purpose,
    /// Look-up hash of the address.
    pub address_hash: [u8; 32],
    /// The address, sealed for this code.
    pub address_sealed: Vec<u8>,
    /// See [`code_hash`].
    pub code_hash: [u8; 32],
    /// It was sent to no address.
    pub decoy: bool,
    /// Where it was asked for.
    pub origin_hash: &'a [u8; 32],
    /// The known device it was asked for with.
    pub device_id: Option<Uuid>,
    /// Now.
    pub created_at: OffsetDateTime,
    /// When it becomes void.
    pub expires_at: OffsetDateTime,
}

/// A stored code, locked.
#[derive(Debug)]
pub struct Stored {
    /// What it is for, as stored.
    pub purpose: String,
    /// Look-up hash of the address.
    pub address_hash: Vec<u8>,
    /// The address, sealed for this code.
    pub address_sealed: Vec<u8>,
    /// See [`code_hash`].
    pub code_hash: Vec<u8>,
    /// Where it was asked for.
    pub origin_hash: Option<Vec<u8>>,
    /// The known device it was asked for with.
    pub device_id: Option<Uuid>,
    /// What decides about it.
    pub state: State,
}

/// What is kept of the digits: worthless without the key, and bound to everything the code belongs to.
pub fn code_hash(
    keys: &Keys,
    code_id: Uuid,
    purpose: Purpose,
    address_hash: &[u8],
    digits: &str,
) -> [u8; 32] {
    let mut bound = Vec::with_capacity(80);
    bound.extend_from_slice(code_id.as_bytes());
    bound.extend_from_slice(address_hash);
    bound.extend_from_slice(purpose.as_str().as_bytes());
    bound.push(0);
    bound.extend_from_slice(digits.as_bytes());
    keys.keyed_hash("identity.code", &bound)
}

/// Makes requests for one address, and those from one origin, wait for each other until the transaction ends, so that the
/// limits are exact. Address before origin, always: two requests cannot wait for each other crosswise.
pub async fn queue_up(
    conn: &mut PgConnection,
    address_hash: &[u8; 32],
    origin_hash: Option<&[u8; 32]>,
) -> Result<(), sqlx::Error> {
    for hash in [Some(address_hash), origin_hash].into_iter().flatten() {
        let (head, _) = hash.split_at(8);
        let key = head
            .iter()
            .fold(0_i64, |key, byte| key << 8 | i64::from(*byte));
        sqlx::query!("select pg_advisory_xact_lock($1)", key)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// What they ask for.
    pub purpose: Purpose,
    /// Where from.
    pub origin_hash: &'a [u8; 32],
    /// With which known device.
    pub device_id: Option<Uuid>,
}

/// What was sent before, to this address and to this asker.
pub async fn sent(
    conn: &mut PgConnection,
    address_hash: &[u8; 32],
    asker: Asker<'_>,
    now: OffsetDateTime,
) -> Result<Sent, sqlx::Error> {
    let to_address = sqlx::query_as!(
        Recent,
        r#"select count(*) as "count!", min(created_at) as oldest, max(created_at) as newest
           from codes where address_hash = $1 and created_at > $2"#,
        address_hash,
        now - DAY
    )
    .fetch_one(&mut *conn)
    .await?;
    let by_strangers = sqlx::query_as!(
        Recent,
        r#"select count(*) as "count!", min(created_at) as oldest, max(created_at) as newest
           from codes where address_hash = $1 and created_at > $2 and device_id is null"#,
        address_hash,
        now - DAY
    )
    .fetch_one(&mut *conn)
    .await?;
    // A known device is counted wherever it is; a stranger by where they are.
    let pair = sqlx::query_as!(
        Recent,
        r#"select count(*) as "count!", min(created_at) as oldest, max(created_at) as newest
           from codes
           where address_hash = $1 and created_at > $2 and purpose = $3 and device_id is not distinct from $4
             and ($4::uuid is not null or origin_hash = $5)"#,
        address_hash,
        now - WINDOW,
        asker.purpose.as_str(),
        asker.device_id,
        asker.origin_hash
    )
    .fetch_one(&mut *conn)
    .await?;
    let from_origin = sqlx::query_as!(
        Recent,
        r#"select count(*) as "count!", min(created_at) as oldest, max(created_at) as newest
           from codes where origin_hash = $1 and created_at > $2 and device_id is null"#,
        asker.origin_hash,
        now - WINDOW
    )
    .fetch_one(conn)
    .await?;
    Ok(Sent {
        pair,
        by_strangers,
        to_address,
        from_origin,
    })
}

/// Stores a code.
pub async fn insert(conn: &mut PgConnection, code: &NewCode<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into codes (code_id, purpose, address_hash, address_sealed, code_hash, decoy, origin_hash, device_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        code.code_id,
        code.purpose.as_str(),
        &code.address_hash,
        code.address_sealed,
        &code.code_hash,
        code.decoy,
        code.origin_hash,
        code.device_id,
        code.created_at,
        code.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where a code was sent to.
pub async fn address_of(
    conn: &mut PgConnection,
    code_id: Uuid,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!("select address_hash from codes where code_id = $1", code_id)
        .fetch_optional(conn)
        .await
}

/// Reads and locks a code: of tries at the same time, each sees what the one before has counted.
pub async fn lock(conn: &mut PgConnection, code_id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    let row = sqlx::query!(
        "select purpose, address_hash, address_sealed, code_hash, decoy, origin_hash, device_id, attempts, attempts_elsewhere,
                expires_at, consumed_at
         from codes where code_id = $1 for update",
        code_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Stored {
        purpose: row.purpose,
        address_hash: row.address_hash,
        address_sealed: row.address_sealed,
        code_hash: row.code_hash,
        origin_hash: row.origin_hash,
        device_id: row.device_id,
        state: State {
            attempts: row.attempts,
            attempts_elsewhere: row.attempts_elsewhere,
            expires_at: row.expires_at,
            consumed: row.consumed_at.is_some(),
            decoy: row.decoy,
        },
    }))
}

/// Counts a wrong try; `here`: from where the code was asked for.
pub async fn count_attempt(
    conn: &mut PgConnection,
    code_id: Uuid,
    here: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update codes set attempts = attempts + $2::boolean::integer,
                          attempts_elsewhere = attempts_elsewhere + (not $2)::integer
         where code_id = $1",
        code_id,
        here
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses the code up; `false` if another request has, or if it is void. In the transaction of what it proves.
pub async fn consume(
    conn: &mut PgConnection,
    code_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update codes set consumed_at = $2 where code_id = $1 and consumed_at is null and expires_at > $2 and not decoy",
        code_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes codes from before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from codes where created_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
