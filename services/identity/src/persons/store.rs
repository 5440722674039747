//! All SQL of the person registry.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The kind of document that exists so far.
pub const RESIDENT_ID: &str = "resident_id";

/// A person as the registry holds them, with the document they proved themselves with.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub person_id: Uuid,
    /// The public number.
    pub person_number: String,
    /// GB/T 2260 or empty.
    pub division_code: String,
    /// The verified name, sealed for the person.
    pub name_sealed: Option<Vec<u8>>,
    /// When it was verified.
    pub verified_at: Option<OffsetDateTime>,
    /// The number, sealed for the person.
    pub number_sealed: Option<Vec<u8>>,
    /// Look-up hash of the number.
    pub number_hash: Option<Vec<u8>>,
    /// Moves with every change.
    pub version: i64,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// One person.
pub async fn read(conn: &mut PgConnection, person_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select p.person_id, p.person_number, p.division_code, p.name_sealed, p.verified_at,
                  d.number_sealed as "number_sealed?", d.number_hash as "number_hash?", p.version, p.updated_at
           from persons p left join documents d on d.person_id = p.person_id and d.kind = $2
           where p.person_id = $1"#,
        person_id,
        RESIDENT_ID
    )
    .fetch_optional(conn)
    .await
}

/// One person, locked.
pub async fn lock(conn: &mut PgConnection, person_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query!(
        "select 1 as one from persons where person_id = $1 for update",
        person_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    // Read after the lock is held: the join of a locking read would still see the document as it was before.
    read(conn, person_id).await
}

/// Who has this public number, locked: the id, and whether they are verified.
pub async fn lock_by_number(
    conn: &mut PgConnection,
    number: &str,
) -> Result<Option<(Uuid, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select person_id, verified_at is not null as "verified!" from persons where person_number = $1 for update"#,
        number
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.person_id, row.verified)))
}

/// Who has this public number.
pub async fn by_number(conn: &mut PgConnection, number: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from persons where person_number = $1",
        number
    )
    .fetch_optional(conn)
    .await
}

/// Locks these persons in the order of their ids, so that two who lock the same ones do not wait for each other; their ids, and whether
/// they are verified.
pub async fn lock_all(
    conn: &mut PgConnection,
    person_ids: &[Uuid],
) -> Result<Vec<(Uuid, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person_id, verified_at is not null as "verified!" from persons where person_id = any($1)
           order by person_id for update"#,
        person_ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.person_id, row.verified))
        .collect())
}

/// Locks a person by id; whether they are verified.
pub async fn lock_verified(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select verified_at is not null as "verified!" from persons where person_id = $1 for update"#,
        person_id
    )
    .fetch_optional(conn)
    .await
}

/// Moves a person to another division.
pub async fn set_division(
    conn: &mut PgConnection,
    person_id: Uuid,
    division_code: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update persons set division_code = $2, version = version + 1, updated_at = $3 where person_id = $1",
        person_id,
        division_code,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is written when a person is verified.
#[derive(Debug)]
pub struct Verified<'a> {
    /// UUIDv7.
    pub person_id: Uuid,
    /// The name, sealed for the person.
    pub name_sealed: &'a [u8],
    /// The number, sealed for the person.
    pub number_sealed: &'a [u8],
    /// Look-up hash of the number.
    pub number_hash: &'a [u8; 32],
    /// Version of the text the person agreed to.
    pub consent_text: &'a str,
    /// Now.
    pub at: OffsetDateTime,
}

/// Enters the document and the name; `false` if the number is another person's. Of two at the same time, the second waits for the
/// first.
pub async fn set_verified(
    conn: &mut PgConnection,
    verified: &Verified<'_>,
) -> Result<bool, sqlx::Error> {
    let entered = sqlx::query!(
        "insert into documents (person_id, kind, number_sealed, number_hash, consented_at, consent_text, verified_at)
         values ($1, $2, $3, $4, $5, $6, $5)",
        verified.person_id,
        RESIDENT_ID,
        verified.number_sealed,
        verified.number_hash,
        verified.at,
        verified.consent_text
    )
    .execute(&mut *conn)
    .await;
    match entered {
        Ok(_) => {}
        Err(sqlx::Error::Database(refused))
            if refused.constraint() == Some("documents_number_is_unique") =>
        {
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    sqlx::query!(
        "update persons set name_sealed = $2, verified_at = $3, version = version + 1, updated_at = $3 where person_id = $1",
        verified.person_id,
        verified.name_sealed,
        verified.at
    )
    .execute(conn)
    .await?;
    Ok(true)
}
