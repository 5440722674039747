//! All SQL of token families.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules::{Family, OFFLINE_IDLE, Refresh};
use crate::sessions::rules::IDLE;

/// A family about to begin.
#[derive(Debug)]
pub struct NewFamily<'a> {
    /// UUIDv7.
    pub family_id: Uuid,
    /// Of which site.
    pub client_id: Uuid,
    /// Of whom.
    pub person_id: Uuid,
    /// The session it came of.
    pub session_id: Uuid,
    /// Whether it outlives the session.
    pub offline: bool,
    /// Of the code it came of.
    pub code_hash: &'a [u8; 32],
    /// What the person agreed to.
    pub scopes: &'a [String],
    /// Claims of userinfo besides the scopes.
    pub userinfo_claims: &'a [String],
    /// Claims of the ID token besides the scopes.
    pub id_token_claims: &'a [String],
    /// When the person signed in.
    pub auth_time: OffsetDateTime,
    /// How, RFC 8176.
    pub method: &'a str,
    /// The key that its refresh tokens are bound to.
    pub dpop_jkt: Option<&'a str>,
    /// Now.
    pub created_at: OffsetDateTime,
    /// The absolute end.
    pub expires_at: OffsetDateTime,
}

/// Begins a family.
pub async fn insert(conn: &mut PgConnection, new: &NewFamily<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into token_families (family_id, client_id, person_id, session_id, offline, code_hash, scopes, userinfo_claims,
                                     id_token_claims, auth_time, method, created_at, last_used_at, expires_at, dpop_jkt)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)",
        new.family_id,
        new.client_id,
        new.person_id,
        new.session_id,
        new.offline,
        new.code_hash,
        new.scopes,
        new.userinfo_claims,
        new.id_token_claims,
        new.auth_time,
        new.method,
        new.created_at,
        new.expires_at,
        new.dpop_jkt
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A family with the state of its session.
pub async fn read(
    conn: &mut PgConnection,
    family_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Family>, sqlx::Error> {
    sqlx::query_as!(
        Family,
        r#"select f.family_id, f.client_id, f.person_id, f.session_id, f.offline, f.scopes, f.userinfo_claims, f.auth_time, f.method,
                  f.last_used_at, f.expires_at, f.dpop_jkt, f.ended_at is not null as "ended!",
                  coalesce(s.revoked_at is null and s.expires_at > $2 and s.last_used_at > $3, false) as "session_alive!"
           from token_families f left join sessions s using (session_id) where f.family_id = $1"#,
        family_id,
        now,
        now - IDLE
    )
    .fetch_optional(conn)
    .await
}

/// The same, locked; of a family that is not offline, the session too is kept from ending until the transaction does.
pub async fn lock(
    conn: &mut PgConnection,
    family_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Family>, sqlx::Error> {
    let found = sqlx::query!(
        "select session_id, offline from token_families where family_id = $1 for update",
        family_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    if let (Some(session_id), false) = (found.session_id, found.offline) {
        sqlx::query!(
            "select session_id from sessions where session_id = $1 for share",
            session_id
        )
        .fetch_optional(&mut *conn)
        .await?;
    }
    read(conn, family_id, now).await
}

/// Notes that the site got tokens.
pub async fn touch(
    conn: &mut PgConnection,
    family_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update token_families set last_used_at = $2 where family_id = $1",
        family_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a family.
pub async fn end(
    conn: &mut PgConnection,
    family_id: Uuid,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update token_families set ended_at = $2 where family_id = $1 and ended_at is null",
        family_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the family that came of a code.
pub async fn end_of_code(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update token_families set ended_at = $2 where code_hash = $1 and ended_at is null",
        code_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends all families of a person at a site.
pub async fn end_at_site(
    conn: &mut PgConnection,
    person_id: Uuid,
    client_id: Uuid,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update token_families set ended_at = $3 where person_id = $1 and client_id = $2 and ended_at is null",
        person_id,
        client_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Ends the offline families of a person, except those that came of this session; the others end with their sessions.
pub async fn end_offline(
    conn: &mut PgConnection,
    person_id: Uuid,
    but_of: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update token_families set ended_at = $3
         where person_id = $1 and offline and ended_at is null and ($2::uuid is null or session_id is distinct from $2)",
        person_id,
        but_of,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a refresh token.
pub async fn insert_refresh(
    conn: &mut PgConnection,
    token_hash: &[u8; 32],
    family_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into refresh_tokens (token_hash, family_id, created_at) values ($1, $2, $3)",
        token_hash,
        family_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The family of a refresh token.
pub async fn family_of(
    conn: &mut PgConnection,
    token_hash: &[u8; 32],
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select family_id from refresh_tokens where token_hash = $1",
        token_hash
    )
    .fetch_optional(conn)
    .await
}

/// A refresh token, and the one that replaces it. Its family must be locked: nothing else keeps two uses apart.
pub async fn refresh(
    conn: &mut PgConnection,
    token_hash: &[u8; 32],
    successor_hash: &[u8; 32],
) -> Result<Option<Refresh>, sqlx::Error> {
    sqlx::query_as!(
        Refresh,
        r#"select t.used_at, coalesce(next.used_at is not null, false) as "successor_used!"
           from refresh_tokens t left join refresh_tokens next on next.token_hash = $2
           where t.token_hash = $1"#,
        token_hash,
        successor_hash
    )
    .fetch_optional(conn)
    .await
}

/// Notes that a refresh token is replaced.
pub async fn use_refresh(
    conn: &mut PgConnection,
    token_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update refresh_tokens set used_at = $2 where token_hash = $1 and used_at is null",
        token_hash,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes used refresh tokens from before this moment: what is presented later is unknown, and gets nothing either.
pub async fn sweep_refresh(
    conn: &mut PgConnection,
    before: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from refresh_tokens where used_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

/// Removes families that ended, by whatever way, before this moment, with their tokens.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from token_families f
         where f.expires_at < $1 or f.ended_at < $1 or (f.offline and f.last_used_at < $2)
            or (not f.offline and f.session_id is null)",
        before,
        before - OFFLINE_IDLE
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
