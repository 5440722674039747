//! All SQL of known devices.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LIFETIME, Met, OVERLAP};

/// The device with this secret, if the account behind the address knows it.
pub async fn known_at(
    conn: &mut PgConnection,
    address_hash: &[u8; 32],
    secret_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select device_id from devices join addresses using (account_id)
         where address_hash = $1 and devices.expires_at > $3
           and (secret_hash = $2 or (previous_hash = $2 and previous_until > $3))
         limit 1",
        address_hash,
        secret_hash,
        now
    )
    .fetch_optional(conn)
    .await
}

/// Gives the browser with this secret a new one, for every account that knows it.
pub async fn rotate(
    conn: &mut PgConnection,
    present: &[u8; 32],
    next: &[u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update devices set secret_hash = $2, previous_hash = $1, previous_until = $4
         where expires_at > $3 and (secret_hash = $1 or (previous_hash = $1 and previous_until > $3))",
        present,
        next,
        now,
        now + OVERLAP
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes a device known to an account, or known for longer. Says what it is to the account.
pub async fn remember(
    conn: &mut PgConnection,
    account_id: Uuid,
    secret_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Met, sqlx::Error> {
    let row = sqlx::query!(
        r#"insert into devices (device_id, account_id, secret_hash, created_at, last_used_at, expires_at)
           values ($1, $2, $3, $4, $4, $5)
           on conflict (account_id, secret_hash) do update set last_used_at = $4, expires_at = $5
           returning (xmax = 0) as "new!",
                     exists(select from devices other where other.account_id = $2 and other.expires_at > $4
                                                        and other.secret_hash <> $3) as "others!""#,
        kit::chance::id(now),
        account_id,
        secret_hash,
        now,
        now + LIFETIME
    )
    .fetch_one(conn)
    .await?;
    Ok(match (row.new, row.others) {
        (false, _) => Met::Known,
        (true, false) => Met::First,
        (true, true) => Met::Further,
    })
}

/// Forgets the least recently used devices beyond `most`.
pub async fn keep_at_most(
    conn: &mut PgConnection,
    account_id: Uuid,
    most: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from devices where device_id in (
             select device_id from devices where account_id = $1
             order by last_used_at desc, device_id desc offset $2)",
        account_id,
        most
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the devices of an account, but the one with this secret.
pub async fn forget_all(
    conn: &mut PgConnection,
    account_id: Uuid,
    but: Option<&[u8; 32]>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from devices
         where account_id = $1 and ($2::bytea is null or (secret_hash <> $2 and previous_hash is distinct from $2))",
        account_id,
        but.map(|hash| hash.as_slice())
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes devices that are not known any more.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from devices where expires_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
