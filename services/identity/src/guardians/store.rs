//! All SQL of guardians.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules::State;

/// A guardianship as it is kept.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub guardianship_id: Uuid,
    /// Whom it is for.
    pub child_id: Uuid,
    /// Who answers.
    pub guardian_id: Uuid,
    /// Where it stands.
    pub state: State,
    /// When the code was entered.
    pub requested_at: OffsetDateTime,
    /// When the guardian agreed.
    pub consented_at: Option<OffsetDateTime>,
    /// Version of the text.
    pub consent_text: Option<String>,
    /// When it was refused, withdrawn or overtaken.
    pub ended_at: Option<OffsetDateTime>,
}

/// Puts a code in the place of the child's last one. The child is locked.
pub async fn put_code(
    conn: &mut PgConnection,
    child_id: Uuid,
    code_hash: &[u8; 32],
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into guardian_codes (child_id, code_hash, created_at, expires_at) values ($1, $2, $3, $4)
         on conflict (child_id) do update set code_hash = excluded.code_hash, created_at = excluded.created_at,
             expires_at = excluded.expires_at",
        child_id,
        code_hash,
        now,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The child whose code this is, while it is good.
pub async fn child_of(
    conn: &mut PgConnection,
    code_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select child_id from guardian_codes where code_hash = $1 and expires_at > $2",
        code_hash,
        now
    )
    .fetch_optional(conn)
    .await
}

/// Until when the child's code is good, if there is one.
pub async fn code_expires_at(
    conn: &mut PgConnection,
    child_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "select expires_at from guardian_codes where child_id = $1 and expires_at > $2",
        child_id,
        now
    )
    .fetch_optional(conn)
    .await
}

/// Voids the child's code.
pub async fn drop_code(conn: &mut PgConnection, child_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from guardian_codes where child_id = $1", child_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends what has not been answered. The child is locked.
pub async fn supersede(
    conn: &mut PgConnection,
    child_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update guardianships set state = 'superseded', ended_at = $2 where child_id = $1 and state = 'requested'",
        child_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Enters a request. The child is locked, and has none that is open.
pub async fn insert(
    conn: &mut PgConnection,
    guardianship_id: Uuid,
    child_id: Uuid,
    guardian_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into guardianships (guardianship_id, child_id, guardian_id, state, requested_at) values ($1, $2, $3, 'requested', $4)",
        guardianship_id,
        child_id,
        guardian_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One guardianship.
pub async fn read(
    conn: &mut PgConnection,
    guardianship_id: Uuid,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select guardianship_id, child_id, guardian_id, state as "state: State", requested_at, consented_at, consent_text, ended_at
         from guardianships where guardianship_id = $1"#,
        guardianship_id
    )
    .fetch_optional(conn)
    .await
}

/// The last one of a child, whatever became of it.
pub async fn last_of_child(
    conn: &mut PgConnection,
    child_id: Uuid,
) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select guardianship_id, child_id, guardian_id, state as "state: State", requested_at, consented_at, consent_text, ended_at
         from guardianships where child_id = $1 order by (state in ('requested', 'confirmed')) desc, guardianship_id desc limit 1"#,
        child_id
    )
    .fetch_optional(conn)
    .await
}

/// Those of a guardian, the newest first, at most 100.
pub async fn of_guardian(
    conn: &mut PgConnection,
    guardian_id: Uuid,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select guardianship_id, child_id, guardian_id, state as "state: State", requested_at, consented_at, consent_text, ended_at
         from guardianships where guardian_id = $1 order by ended_at is not null, guardianship_id desc limit 100"#,
        guardian_id
    )
    .fetch_all(conn)
    .await
}

/// For how many children a guardian answers, or is asked to. The guardian is locked.
pub async fn open_wards(conn: &mut PgConnection, guardian_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from guardianships where guardian_id = $1 and state in ('requested', 'confirmed')"#,
        guardian_id
    )
    .fetch_one(conn)
    .await
}

/// Enters the guardian's consent.
pub async fn confirm(
    conn: &mut PgConnection,
    guardianship_id: Uuid,
    consent_text: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update guardianships set state = 'confirmed', consented_at = $2, consent_text = $3 where guardianship_id = $1",
        guardianship_id,
        now,
        consent_text
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a guardianship: refused or withdrawn.
pub async fn end(
    conn: &mut PgConnection,
    guardianship_id: Uuid,
    state: State,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update guardianships set state = $2, ended_at = $3 where guardianship_id = $1",
        guardianship_id,
        state.as_str(),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes codes that were void before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from guardian_codes where expires_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
