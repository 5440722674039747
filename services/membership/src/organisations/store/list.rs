//! Lists of organisations, by code or by how well they fit a search, a page at a time.
//!
//! A search runs in one of three ways, and stays with it on the pages that follow:
//!
//! * **Ranked**, if at most [`RANKED_AT_MOST`] organisations contain what is searched for: exact code, exact name or short name,
//!   names that begin with it, others by where it stands in the name; equals by length of the name.
//! * **By length**, if more do. What thousands have in common ranks nothing, and sorting them all would take too long: an index
//!   gives the shortest names first, which also puts an exact match first.
//! * **Loose**, if none does: other characters may stand between, ranked by length.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    logos::Published,
    organisations::{Kind, Organisation, SubjectClass, search::Search},
};

/// Up to here all finds are fetched and ranked.
pub(crate) const RANKED_AT_MOST: i64 = 1_000;

/// Which organisations are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub kind: Option<Kind>,
    pub subject_class: Option<SubjectClass>,
    pub parent_id: Option<Uuid>,
    /// First and last code of the division.
    pub divisions: Option<(String, String)>,
}

/// Where the page before ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Cursor {
    #[serde(rename = "c")]
    Code(String),
    #[serde(rename = "r")]
    Ranked(i32, i32, i32, String),
    #[serde(rename = "l")]
    Length(i32, String),
    #[serde(rename = "s")]
    Loose(i32, String),
}

/// An organisation and where it stands in the list.
#[derive(Debug)]
pub(crate) struct Found {
    pub organisation: Organisation,
    pub cursor: Cursor,
}

/// The statements below select by whatever filters are given. A plan made once for all of them would be a bad one for most, so
/// in this transaction each is planned with its values. Parallel workers take longer to start than any of them takes.
async fn plan_with_values(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select set_config('plan_cache_mode', 'force_custom_plan', true) as plan,
                set_config('max_parallel_workers_per_gather', '0', true) as workers"
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// A page of the organisations that fit, in a transaction of its own.
pub(crate) async fn page(
    conn: &mut PgConnection,
    query: &str,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    plan_with_values(conn).await?;
    let (Some(exact), Some(loose)) = (Search::exact(query), Search::loose(query)) else {
        let hits = by_code(conn, filter, after, limit).await?;
        return fetch(conn, hits).await;
    };
    let hits = match after {
        None => {
            let (hits, total) =
                ranked(conn, &exact, filter, None, RANKED_AT_MOST + 1, limit).await?;
            if total > RANKED_AT_MOST {
                by_length(conn, &exact, filter, None, limit, false).await?
            } else if hits.is_empty() {
                by_length(conn, &loose, filter, None, limit, true).await?
            } else {
                hits
            }
        }
        // Some may have been added since the first page, but not so many that ranking all of them would hurt.
        Some(cursor @ Cursor::Ranked(..)) => {
            ranked(
                conn,
                &exact,
                filter,
                Some(cursor),
                RANKED_AT_MOST * 2,
                limit,
            )
            .await?
            .0
        }
        Some(cursor @ Cursor::Loose(..)) => {
            by_length(conn, &loose, filter, Some(cursor), limit, true).await?
        }
        Some(cursor) => by_length(conn, &exact, filter, Some(cursor), limit, false).await?,
    };
    fetch(conn, hits).await
}

/// A hit of a search: its row is fetched when the page is complete.
type Hit = (Uuid, Cursor);

async fn by_code(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    let after = match after {
        Some(Cursor::Code(code)) => Some(code),
        _ => None,
    };
    if filter.divisions.is_some() {
        return within_division(conn, filter, after, limit).await;
    }
    let rows = sqlx::query!(
        "select organisation_id, code from organisations
         where ($1::text is null or kind = $1) and ($2::text is null or subject_class = $2)
           and ($3::uuid is null or parent_id = $3) and ($4::text is null or code > $4)
         order by code limit $5",
        filter.kind.map(Kind::as_str),
        filter.subject_class.map(SubjectClass::as_str),
        filter.parent_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, Cursor::Code(row.code)))
        .collect())
}

/// Codes of organisations often go with their divisions, which the planner does not know: it would walk through the codes of the
/// whole country until it comes to the right province. So those in the division are gathered first.
async fn within_division(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    let (first, last) = filter.divisions.clone().unzip();
    let rows = sqlx::query!(
        r#"with inside as materialized (
               select organisation_id, code from organisations
               where division_code between $1 and $2
                 and ($3::text is null or kind = $3) and ($4::text is null or subject_class = $4)
                 and ($5::uuid is null or parent_id = $5)
           )
           select organisation_id as "organisation_id!", code as "code!" from inside
           where $6::text is null or code > $6
           order by code limit $7"#,
        first,
        last,
        filter.kind.map(Kind::as_str),
        filter.subject_class.map(SubjectClass::as_str),
        filter.parent_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, Cursor::Code(row.code)))
        .collect())
}

/// The best hits, and how many there are (no more than `candidates`).
async fn ranked(
    conn: &mut PgConnection,
    search: &Search,
    filter: &Filter,
    after: Option<Cursor>,
    candidates: i64,
    limit: i64,
) -> Result<(Vec<Hit>, i64), sqlx::Error> {
    let (rank, place, length, code) = match after {
        Some(Cursor::Ranked(rank, place, length, code)) => (rank, place, length, code),
        _ => (-1, 0, 0, String::new()),
    };
    let (first, last) = filter.divisions.clone().unzip();
    let rows = sqlx::query!(
        r#"with candidates as materialized (
               select organisation_id, search_text, name_length, code from organisations
               where search_grams(search_text) @> $1 and search_text like all($2)
                 and ($3::text is null or kind = $3) and ($4::text is null or subject_class = $4)
                 and ($5::uuid is null or parent_id = $5) and ($6::text is null or division_code between $6 and $7)
               limit $8
           ), judged as (
               -- The search text has each of its lines between two line breaks, the two forms of the code in front.
               select organisation_id, name_length, code, count(*) over () as total,
                      case when position(E'\n' || $9::text || E'\n' in search_text) between 1 and length(code) + 2 then 0
                           when position(E'\n' || $9 || E'\n' in search_text) > 0 then 1
                           when position(E'\n' || $9 in search_text) > 0 then 2
                           else 3 end as rank,
                      position($10::text in split_part(search_text, E'\n', 5)) as place
               from candidates
           )
           select organisation_id, rank as "rank!", place as "place!", name_length, code, total as "total!"
           from judged
           where (rank, place, name_length, code) > ($11::int, $12::int, $13::int, $14::text)
           order by rank, place, name_length, code limit $15"#,
        &search.grams,
        &search.patterns,
        filter.kind.map(Kind::as_str),
        filter.subject_class.map(SubjectClass::as_str),
        filter.parent_id,
        first,
        last,
        candidates,
        search.whole,
        search.head,
        rank,
        place,
        length,
        code,
        limit
    )
    .fetch_all(conn)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let hits = rows
        .into_iter()
        .map(|row| {
            (
                row.organisation_id,
                Cursor::Ranked(row.rank, row.place, row.name_length, row.code),
            )
        })
        .collect();
    Ok((hits, total))
}

async fn by_length(
    conn: &mut PgConnection,
    search: &Search,
    filter: &Filter,
    after: Option<Cursor>,
    limit: i64,
    loose: bool,
) -> Result<Vec<Hit>, sqlx::Error> {
    let (length, code) = match after {
        Some(Cursor::Length(length, code) | Cursor::Loose(length, code)) => (length, code),
        _ => (0, String::new()),
    };
    let (first, last) = filter.divisions.clone().unzip();
    let rows = sqlx::query!(
        r#"select organisation_id, name_length as "name_length!", code
           from organisations
           where (name_length, code) > ($1::int, $2::text) and search_text like all($3)
             and ($4::text[] is null or search_grams(search_text) @> $4)
             and ($5::text is null or kind = $5) and ($6::text is null or subject_class = $6)
             and ($7::uuid is null or parent_id = $7) and ($8::text is null or division_code between $8 and $9)
           order by name_length, code limit $10"#,
        length,
        code,
        &search.patterns,
        // Few names have these characters, so the index on them helps; frequent ones are found faster by scanning in order.
        loose.then_some(search.grams.as_slice()),
        filter.kind.map(Kind::as_str),
        filter.subject_class.map(SubjectClass::as_str),
        filter.parent_id,
        first,
        last,
        limit
    )
    .fetch_all(conn)
    .await?;
    let cursor = if loose { Cursor::Loose } else { Cursor::Length };
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, cursor(row.name_length, row.code)))
        .collect())
}

async fn fetch(conn: &mut PgConnection, hits: Vec<Hit>) -> Result<Vec<Found>, sqlx::Error> {
    let ids: Vec<Uuid> = hits.iter().map(|(id, _)| *id).collect();
    let rows = sqlx::query_as!(
        Organisation,
        r#"select organisation_id, parent_id, path, code, name, short_name, kind as "kind: Kind", division_code,
                  subject_class as "subject_class: SubjectClass", introduction, website, accepts_applications, review_days,
                  version, logo as "logo: Json<Published>"
           from organisations where organisation_id = any($1)"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut rows: HashMap<Uuid, Organisation> = rows
        .into_iter()
        .map(|row| (row.organisation_id, row))
        .collect();
    let found = |(id, cursor)| {
        Some(Found {
            organisation: rows.remove(&id)?,
            cursor,
        })
    };
    Ok(hits.into_iter().filter_map(found).collect())
}
