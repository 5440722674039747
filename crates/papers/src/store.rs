//! The tables of the schema `papers`.

use signing::{NewKey, StoredKey};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kind::Kind;

/// A paper.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub paper_id: Uuid,
    pub kind: Kind,
    pub record_id: Uuid,
    pub organisation_id: Uuid,
    pub person_id: Uuid,
    pub number: String,
    pub template: String,
    pub template_version: i32,
    pub facts_sealed: Vec<u8>,
    pub issued_at: OffsetDateTime,
    pub superseded_at: Option<OffsetDateTime>,
}

/// A paper that is issued.
#[derive(Debug)]
pub(crate) struct New<'a> {
    pub paper: &'a Paper,
    pub year: i32,
    pub serial: i32,
}

/// The paper of this id and kind.
pub(crate) async fn get(
    conn: &mut PgConnection,
    kind: Kind,
    paper_id: Uuid,
) -> Result<Option<Paper>, sqlx::Error> {
    sqlx::query_as!(
        Paper,
        r#"select paper_id, kind as "kind: Kind", record_id, organisation_id, person_id, number, template, template_version,
                  facts_sealed, issued_at, superseded_at
           from papers.papers where paper_id = $1 and kind = $2"#,
        paper_id,
        kind.as_str()
    )
    .fetch_optional(conn)
    .await
}

/// The present paper about a record.
pub(crate) async fn present(
    conn: &mut PgConnection,
    kind: Kind,
    record_id: Uuid,
) -> Result<Option<Paper>, sqlx::Error> {
    sqlx::query_as!(
        Paper,
        r#"select paper_id, kind as "kind: Kind", record_id, organisation_id, person_id, number, template, template_version,
                  facts_sealed, issued_at, superseded_at
           from papers.papers where kind = $1 and record_id = $2 and superseded_at is null"#,
        kind.as_str(),
        record_id
    )
    .fetch_optional(conn)
    .await
}

/// The next serial number. Locks the counter until the transaction ends, so it is called late.
pub(crate) async fn next(
    conn: &mut PgConnection,
    kind: Kind,
    organisation_id: Uuid,
    year: i32,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into papers.counters as c (kind, organisation_id, year, last) values ($1, $2, $3, 1)
         on conflict (kind, organisation_id, year) do update set last = c.last + 1
         returning last",
        kind.as_str(),
        organisation_id,
        year
    )
    .fetch_one(conn)
    .await
}

/// Another paper is issued instead of this one.
pub(crate) async fn supersede(
    conn: &mut PgConnection,
    paper_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update papers.papers set superseded_at = $2 where paper_id = $1 and superseded_at is null",
        paper_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Enters a paper.
pub(crate) async fn insert(conn: &mut PgConnection, new: &New<'_>) -> Result<(), sqlx::Error> {
    let paper = new.paper;
    sqlx::query!(
        "insert into papers.papers (paper_id, kind, record_id, organisation_id, person_id, number, year, serial, template,
                                    template_version, facts_sealed, issued_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        paper.paper_id,
        paper.kind.as_str(),
        paper.record_id,
        paper.organisation_id,
        paper.person_id,
        paper.number,
        new.year,
        new.serial,
        paper.template,
        paper.template_version,
        paper.facts_sealed,
        paper.issued_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The keys that are not retired, the oldest first.
pub(crate) async fn keys(conn: &mut PgConnection) -> Result<Vec<StoredKey>, sqlx::Error> {
    sqlx::query_as!(
        StoredKey,
        "select kid, private_sealed, signs_from from papers.keys
         where retired_at is null order by created_at, signs_from nulls first, kid"
    )
    .fetch_all(conn)
    .await
}

/// Enters a key.
pub(crate) async fn insert_key(conn: &mut PgConnection, key: &NewKey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into papers.keys (kid, public_key, private_sealed, created_at, signs_from)
         values ($1, $2, $3, $4, $5)",
        key.kid,
        key.public.bytes(),
        key.private_sealed,
        key.created_at,
        key.signs_from
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Retires a key.
pub(crate) async fn retire_key(
    conn: &mut PgConnection,
    kid: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update papers.keys set retired_at = $2 where kid = $1",
        kid,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
