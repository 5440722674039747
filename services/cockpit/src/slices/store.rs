//! The SQL of the slices: the rows of the index, and what an answer needs of organisations and names.

use futures::{Stream, TryStreamExt as _};
use sqlx::PgConnection;
use uuid::Uuid;

use super::index::{Described, Ended, Index, Position, Row};
use crate::{facts::SOURCES, freshness, periods::State, scope::Scope};

/// Where the rows stand. Read in the transaction that reads the rows.
pub async fn position(conn: &mut PgConnection) -> Result<Position, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select g.generation, r.source as "source?", r.revision as "revision?"
           from generations g left join revisions r using (generation) where g.state = 'serving'"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut position = Position {
        freshness: freshness::store::read(conn, &SOURCES).await?,
        ..Position::default()
    };
    for row in rows {
        position.generation = row.generation;
        if let (Some(source), Some(revision)) = (row.source, row.revision) {
            position.revisions.insert(source, revision);
        }
    }
    Ok(position)
}

/// All periods of a generation, in the order in which the index takes them.
pub fn periods(
    conn: &mut PgConnection,
    generation: i32,
) -> impl Stream<Item = Result<Row, sqlx::Error>> {
    sqlx::query_as!(
        Row,
        "select state, number, person, begun, ended, organisation_id, division, category, activity_kind, first, amount
         from periods where generation = $1 order by state, number",
        generation
    )
    .fetch(conn)
    .into_stream()
}

/// All descriptions of a generation.
pub fn descriptions(
    conn: &mut PgConnection,
    generation: i32,
) -> impl Stream<Item = Result<Described, sqlx::Error>> {
    sqlx::query_as!(
        Described,
        "select person, gender, birth_year from person_descriptions where generation = $1",
        generation
    )
    .fetch(conn)
    .into_stream()
}

/// What came after an index of the same generation.
#[derive(Debug, Default)]
pub struct News {
    /// Descriptions, of people old and new.
    pub described: Vec<Described>,
    /// Periods that the index has and that have ended.
    pub ended: Vec<Ended>,
    /// Periods that it does not have.
    pub begun: Vec<Row>,
}

/// Reads what came after `index` up to the snapshot of the transaction.
pub async fn news(
    conn: &mut PgConnection,
    next: &[(State, u32)],
    since: &Position,
) -> Result<News, sqlx::Error> {
    let revision = |source: &str| since.revisions.get(source).copied().unwrap_or(0);
    let states: Vec<i16> = next.iter().map(|(state, _)| state.code()).collect();
    let numbers: Vec<i32> = next
        .iter()
        .map(|(_, number)| i32::try_from(*number).unwrap_or(i32::MAX))
        .collect();
    let revisions: Vec<i64> = next
        .iter()
        .map(|(state, _)| revision(state.source()))
        .collect();
    let described = sqlx::query_as!(
        Described,
        "select person, gender, birth_year from person_descriptions where generation = $1 and revision > $2",
        since.generation,
        revision("identity")
    )
    .fetch_all(&mut *conn)
    .await?;
    let ended = sqlx::query_as!(
        Ended,
        r#"select p.state, p.number, p.ended as "ended!"
           from unnest($2::smallint[], $3::integer[], $4::bigint[]) as asked (state, next, revision)
                join periods p on p.state = asked.state and p.end_revision > asked.revision and p.number < asked.next
           where p.generation = $1 and p.ended is not null"#,
        since.generation,
        &states,
        &numbers,
        &revisions
    )
    .fetch_all(&mut *conn)
    .await?;
    let begun = sqlx::query_as!(
        Row,
        "select p.state, p.number, p.person, p.begun, p.ended, p.organisation_id, p.division, p.category, p.activity_kind, p.first, p.amount
         from unnest($2::smallint[], $3::integer[]) as asked (state, next)
              join periods p on p.state = asked.state and p.number >= asked.next
         where p.generation = $1
         order by p.state, p.number",
        since.generation,
        &states,
        &numbers
    )
    .fetch_all(conn)
    .await?;
    Ok(News {
        described,
        ended,
        begun,
    })
}

/// What an index of this generation needs to know of itself to ask for news.
pub fn next(index: &Index) -> Vec<(State, u32)> {
    index.next().collect()
}

/// An organisation that a caller reaches.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its id.
    pub organisation_id: Uuid,
    /// Its kind, as the contract names it.
    pub kind: String,
    /// Its subject class, as the contract names it; empty or unspecified of what is no society.
    pub subject_class: String,
}

/// The organisations that a scope reaches.
pub async fn organisations(
    conn: &mut PgConnection,
    scope: &Scope,
) -> Result<Vec<Organisation>, sqlx::Error> {
    sqlx::query_as!(
        Organisation,
        r#"select o.organisation_id as "organisation_id!", o.kind as "kind!", o.subject_class as "subject_class!"
           from access.organisations o
           where $2 or exists (select from unnest($1::text[]) as reach where o.path >= reach and o.path < reach || '~')"#,
        &scope.paths,
        scope.everything
    )
    .fetch_all(conn)
    .await
}

/// The ids alone.
pub async fn organisation_ids(
    conn: &mut PgConnection,
    scope: &Scope,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select o.organisation_id as "organisation_id!"
           from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'"#,
        &scope.paths
    )
    .fetch_all(conn)
    .await
}

/// The names of provinces, as on the map.
pub async fn province_names(conn: &mut PgConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!("select code, short_name from provinces")
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|r| (r.code, r.short_name)).collect())
}

/// The names of these divisions.
pub async fn division_names(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select code, name from divisions where code = any ($1)",
        codes
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (r.code, r.name)).collect())
}

/// The names of these organisations.
pub async fn organisation_names(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organisation_id, name from access.organisations where organisation_id = any ($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.organisation_id.to_string(), r.name))
        .collect())
}
