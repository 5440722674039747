//! All SQL of accounts and of the entry of persons into the registry.

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

/// Enters a person under this number; `false` if the number is taken.
pub async fn insert_person(
    conn: &mut PgConnection,
    account: &NewAccount<'_>,
    person_number: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into persons (person_id, person_number, division_code, created_at, updated_at)
         values ($1, $2, $3, $4, $4)
         on conflict (person_number) do nothing",
        account.person_id,
        person_number,
        account.division_code,
        account.created_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
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
