//! All SQL of sign-ins of devices.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::rules::{State, Waiting};
use crate::sign_on::store::Granted;

/// A sign-in about to begin.
#[derive(Debug)]
pub struct New<'a> {
    /// UUIDv7.
    pub sign_in_id: Uuid,
    /// SHA-256 of the device code.
    pub device_hash: &'a [u8; 32],
    /// Keyed hash of the user code.
    pub user_hash: &'a [u8; 32],
    /// Of which site.
    pub client_id: Uuid,
    /// What it would learn.
    pub scopes: &'a [String],
    /// The counter that it counts for.
    pub counted_for: &'a [u8; 32],
    /// The device asks no more often.
    pub interval_seconds: i32,
    /// Now.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

/// A sign-in as it is kept.
#[derive(Debug)]
pub struct Row {
    /// UUIDv7.
    pub sign_in_id: Uuid,
    /// Of which site.
    pub client_id: Uuid,
    /// What it would learn.
    pub scopes: Vec<String>,
    /// What the person has decided.
    pub state: State,
    /// Who has approved.
    pub person_id: Option<Uuid>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// The counter that it counts for.
    pub counted_for: Option<[u8; 32]>,
    /// The device asks no more often.
    pub interval_seconds: i32,
    /// When it last asked.
    pub asked_at: Option<OffsetDateTime>,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

impl Row {
    /// Whether the person has still to decide.
    pub fn is_pending(&self) -> bool {
        self.state == State::Pending
    }

    /// What decides about the device.
    pub fn waiting(&self) -> Waiting {
        Waiting {
            state: self.state,
            expires_at: self.expires_at,
            asked_at: self.asked_at,
            interval: Duration::seconds(self.interval_seconds.into()),
        }
    }
}

/// Begins a sign-in; `false` if the letters are taken.
pub async fn insert(conn: &mut PgConnection, new: &New<'_>) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into device_sign_ins (sign_in_id, device_hash, user_hash, client_id, scopes, state, counted_for, interval_seconds,
                                      created_at, expires_at)
         values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9) on conflict do nothing",
        new.sign_in_id,
        new.device_hash,
        new.user_hash,
        new.client_id,
        new.scopes,
        new.counted_for,
        new.interval_seconds,
        new.created_at,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The sign-in of these letters that has not ended.
pub async fn of_code(
    conn: &mut PgConnection,
    user_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Row>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select sign_in_id from device_sign_ins where user_hash = $1 and expires_at > $2",
        user_hash,
        now
    )
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => read(conn, id).await,
        None => Ok(None),
    }
}

/// The id of the sign-in of a device of this client.
pub async fn of_device(
    conn: &mut PgConnection,
    device_hash: &[u8; 32],
    client_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select sign_in_id from device_sign_ins where device_hash = $1 and client_id = $2",
        device_hash,
        client_id
    )
    .fetch_optional(conn)
    .await
}

/// A sign-in, locked, if it has not ended.
pub async fn lock(
    conn: &mut PgConnection,
    sign_in_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Row>, sqlx::Error> {
    let row = lock_any(conn, sign_in_id).await?;
    Ok(row.filter(|row| now < row.expires_at))
}

/// A sign-in, locked: of two questions of a device at the same time, the second finds what the first has left.
pub async fn lock_any(
    conn: &mut PgConnection,
    sign_in_id: Uuid,
) -> Result<Option<Row>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select sign_in_id from device_sign_ins where sign_in_id = $1 for update",
        sign_in_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    match found {
        Some(id) => read(conn, id).await,
        None => Ok(None),
    }
}

async fn read(conn: &mut PgConnection, sign_in_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select client_id, scopes, state as "state: State", person_id, session_id, counted_for, interval_seconds, asked_at, expires_at
           from device_sign_ins where sign_in_id = $1"#,
        sign_in_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Row {
        sign_in_id,
        client_id: row.client_id,
        scopes: row.scopes,
        state: row.state,
        person_id: row.person_id,
        session_id: row.session_id,
        // The table holds 32 bytes.
        counted_for: row.counted_for.and_then(|key| key.try_into().ok()),
        interval_seconds: row.interval_seconds,
        asked_at: row.asked_at,
        expires_at: row.expires_at,
    }))
}

/// Notes that a person has approved.
pub async fn approve(
    conn: &mut PgConnection,
    sign_in_id: Uuid,
    person_id: Uuid,
    session_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_sign_ins set state = 'approved', person_id = $2, session_id = $3 where sign_in_id = $1",
        sign_in_id,
        person_id,
        session_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a person has refused.
pub async fn refuse(conn: &mut PgConnection, sign_in_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_sign_ins set state = 'refused' where sign_in_id = $1",
        sign_in_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a device has asked, and how long it has to wait from now on.
pub async fn asked(
    conn: &mut PgConnection,
    sign_in_id: Uuid,
    interval_seconds: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update device_sign_ins set asked_at = $3, interval_seconds = $2 where sign_in_id = $1",
        sign_in_id,
        interval_seconds,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What tokens are made of, of a sign-in that was approved.
pub async fn granted(conn: &mut PgConnection, row: &Row) -> Result<Option<Granted>, sqlx::Error> {
    let (Some(person_id), Some(session_id)) = (row.person_id, row.session_id) else {
        return Ok(None);
    };
    let session = sqlx::query!(
        "select account_id, created_at, method, expires_at from sessions where session_id = $1",
        session_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(session.map(|session| Granted {
        person_id,
        session_id,
        account_id: session.account_id,
        session_ends_at: session.expires_at,
        scopes: row.scopes.clone(),
        userinfo_claims: Vec::new(),
        id_token_claims: Vec::new(),
        nonce: String::new(),
        auth_time: session.created_at,
        method: session.method,
    }))
}

/// Ends a sign-in: the device has its answer.
pub async fn end(conn: &mut PgConnection, sign_in_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from device_sign_ins where sign_in_id = $1",
        sign_in_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes sign-ins that ended before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from device_sign_ins where expires_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
