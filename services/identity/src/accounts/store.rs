//! SQL of accounts: entering one, and what it shows to its owner. What one signs in with is read and changed by [`credentials`](crate::credentials).

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What an account shows to its owner, still sealed.
#[derive(Debug)]
pub struct View {
    /// UUIDv7.
    pub account_id: Uuid,
    /// UUIDv7.
    pub person_id: Uuid,
    /// The public number.
    pub person_number: String,
    /// Sealed for the account.
    pub display_name_sealed: Vec<u8>,
    /// Each sealed for the account, the oldest first.
    pub addresses_sealed: Vec<Vec<u8>>,
    /// Whether the real name is verified.
    pub verified: bool,
    /// UTC.
    pub created_at: OffsetDateTime,
}

/// A new account with its person and its first address.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// UUIDv7.
    pub account_id: Uuid,
    /// UUIDv7.
    pub person_id: Uuid,
    /// Sealed for the account.
    pub display_name_sealed: &'a [u8],
    /// PHC string.
    pub password_hash: &'a str,
    /// GB/T 2260 or empty.
    pub division_code: &'a str,
    /// Look-up hash.
    pub address_hash: &'a [u8; 32],
    /// Sealed for the account.
    pub address_sealed: &'a [u8],
    /// Now.
    pub created_at: OffsetDateTime,
}

/// Enters the account and its address; `false` if the address has an account. Of two at the same time, the second waits for the first.
pub async fn insert_account(
    conn: &mut PgConnection,
    account: &NewAccount<'_>,
) -> Result<bool, sqlx::Error> {
    sqlx::query!(
        "insert into accounts (account_id, person_id, display_name_sealed, password_hash, password_changed_at, created_at)
         values ($1, $2, $3, $4, $5, $5)",
        account.account_id,
        account.person_id,
        account.display_name_sealed,
        account.password_hash,
        account.created_at
    )
    .execute(&mut *conn)
    .await?;
    let done = sqlx::query!(
        "insert into addresses (address_hash, account_id, address_sealed, created_at) values ($1, $2, $3, $4)
         on conflict (address_hash) do nothing",
        account.address_hash,
        account.account_id,
        account.address_sealed,
        account.created_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the account shows to its owner.
pub async fn view(conn: &mut PgConnection, account_id: Uuid) -> Result<Option<View>, sqlx::Error> {
    sqlx::query_as!(
        View,
        r#"select a.account_id, a.person_id, p.person_number, a.display_name_sealed, p.verified_at is not null as "verified!",
                  a.created_at,
                  array(select address_sealed from addresses d where d.account_id = a.account_id order by d.created_at)
                      as "addresses_sealed!"
           from accounts a join persons p using (person_id) where a.account_id = $1"#,
        account_id
    )
    .fetch_optional(conn)
    .await
}
