//! All SQL of sessions.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{method::Method, rules};

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub session_id: Uuid,
    /// In words.
    pub device: String,
    /// Shortened.
    pub origin: String,
    /// UTC.
    pub created_at: OffsetDateTime,
    /// Exact to [`rules::TOUCH`].
    pub last_used_at: OffsetDateTime,
    /// The absolute end.
    pub expires_at: OffsetDateTime,
}

/// What an access token is made of.
#[derive(Debug)]
pub struct Live {
    /// UUIDv7.
    pub session_id: Uuid,
    /// When the session ends if it is not used any more.
    pub ends_at: OffsetDateTime,
    /// Exact to [`rules::TOUCH`].
    pub last_used_at: OffsetDateTime,
    /// UUIDv7.
    pub account_id: Uuid,
    /// Moves with every change of the account.
    pub account_version: i64,
    /// UUIDv7.
    pub person_id: Uuid,
    /// Moves with every change of the person.
    pub person_version: i64,
    /// The public number.
    pub person_number: String,
    /// The verified name, sealed for the person.
    pub name_sealed: Option<Vec<u8>>,
}

/// Enters a session.
pub async fn insert(
    conn: &mut PgConnection,
    row: &Row,
    account_id: Uuid,
    secret_hash: &[u8; 32],
    method: Method,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sessions (session_id, account_id, secret_hash, method, device, origin, created_at, last_used_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.session_id,
        account_id,
        secret_hash,
        method.as_str(),
        row.device,
        row.origin,
        row.created_at,
        row.last_used_at,
        row.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the least recently used sessions beyond `most`; returns those that it ended. The sites are told by `end.rs`.
pub async fn keep_at_most(
    conn: &mut PgConnection,
    account_id: Uuid,
    most: i64,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update sessions set revoked_at = $3 where session_id in (
             select session_id from sessions where account_id = $1 and revoked_at is null and expires_at > $3
             order by last_used_at desc, session_id desc offset $2)
         returning session_id",
        account_id,
        most,
        now
    )
    .fetch_all(conn)
    .await
}

/// The live session behind a secret and what its access token is made of, in one statement. Nothing is written: a database that cannot write at
/// the moment still answers who is signed in.
///
/// The session is found by its secret before anything else is looked at: left to choose, PostgreSQL goes through all that were used lately
/// as long as it has no statistics of them (docs/decisions/0008).
pub async fn resolve(
    conn: &mut PgConnection,
    secret_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Live>, sqlx::Error> {
    sqlx::query_as!(
        Live,
        r#"with found as materialized (
               select * from sessions where secret_hash = $1
           )
           select s.session_id, least(s.expires_at, s.last_used_at + ($2::timestamptz - $3::timestamptz)) as "ends_at!", s.last_used_at, a.account_id,
                  a.version as account_version, a.person_id, p.version as person_version, p.person_number, p.name_sealed
           from found s join accounts a using (account_id) join persons p using (person_id)
           where s.revoked_at is null and s.expires_at > $2 and s.last_used_at > $3"#,
        secret_hash,
        now,
        now - rules::IDLE
    )
    .fetch_optional(conn)
    .await
}

/// Notes that a session is used, unless another request has done so within [`rules::TOUCH`].
pub async fn touch(
    conn: &mut PgConnection,
    session_id: Uuid,
    origin: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update sessions set last_used_at = $2, origin = case when $4 = '' then origin else $4 end
         where session_id = $1 and last_used_at <= $3 and revoked_at is null",
        session_id,
        now,
        now - rules::TOUCH,
        origin
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The live sessions of an account, the most recently used first.
pub async fn list(
    conn: &mut PgConnection,
    account_id: Uuid,
    now: OffsetDateTime,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select session_id, device, origin, created_at, last_used_at, expires_at from sessions
         where account_id = $1 and revoked_at is null and expires_at > $2 and last_used_at > $3
         order by last_used_at desc, session_id desc limit $4",
        account_id,
        now,
        now - rules::IDLE,
        rules::MOST
    )
    .fetch_all(conn)
    .await
}

/// Ends a session of this account; `None` if it has none by this id, otherwise whether it was alive.
pub async fn revoke(
    conn: &mut PgConnection,
    account_id: Uuid,
    session_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<bool>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select revoked_at is null as "alive!" from sessions where session_id = $1 and account_id = $2 for update"#,
        session_id,
        account_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    if found == Some(true) {
        sqlx::query!(
            "update sessions set revoked_at = $2 where session_id = $1",
            session_id,
            now
        )
        .execute(conn)
        .await?;
    }
    Ok(found)
}

/// Ends all sessions of an account but one; returns those that were alive.
pub async fn revoke_all(
    conn: &mut PgConnection,
    account_id: Uuid,
    but: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update sessions set revoked_at = $3
         where account_id = $1 and session_id is distinct from $2 and revoked_at is null
           and expires_at > $3 and last_used_at > $4
         returning session_id",
        account_id,
        but,
        now,
        now - rules::IDLE
    )
    .fetch_all(conn)
    .await
}

/// Removes sessions that ended, by whatever way, before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from sessions s where expires_at < $1
         and not exists (select 1 from authorization_codes c where c.session_id = s.session_id)",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
