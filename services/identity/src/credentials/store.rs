//! SQL of what people sign in with: the account behind an address, and its password.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What signing in needs to know of an account.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// UUIDv7.
    pub account_id: Uuid,
    /// UUIDv7.
    pub person_id: Uuid,
    /// PHC string.
    pub password_hash: String,
    /// Moves with every change of the account.
    pub version: i64,
}

/// The account that signs in with this address.
pub async fn by_address(
    conn: &mut PgConnection,
    address_hash: &[u8; 32],
) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as!(
        Credentials,
        "select account_id, person_id, password_hash, version from addresses join accounts using (account_id)
         where address_hash = $1",
        address_hash
    )
    .fetch_optional(conn)
    .await
}

/// One account.
pub async fn credentials(
    conn: &mut PgConnection,
    account_id: Uuid,
) -> Result<Option<Credentials>, sqlx::Error> {
    sqlx::query_as!(
        Credentials,
        "select account_id, person_id, password_hash, version from accounts where account_id = $1",
        account_id
    )
    .fetch_optional(conn)
    .await
}

/// Whether the account is still as it was read; keeps it so until the transaction ends.
pub async fn hold(
    conn: &mut PgConnection,
    account_id: Uuid,
    version: i64,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select version from accounts where account_id = $1 for share",
        account_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(found == Some(version))
}

/// Sets a password, if the account is still as it was read. What happens to its sessions is the caller's to say.
pub async fn set_password(
    conn: &mut PgConnection,
    account: &Credentials,
    password_hash: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update accounts set password_hash = $3, password_changed_at = $4, version = version + 1
         where account_id = $1 and version = $2",
        account.account_id,
        account.version,
        password_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
