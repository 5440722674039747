//! The table `divisions`.

use sqlx::PgConnection;

use super::{Division, Level};

/// The divisions in use directly below one, or the provinces, sorted by code. At most some 70 rows.
pub(crate) async fn below(
    conn: &mut PgConnection,
    parent: Option<&str>,
) -> Result<Vec<Division>, sqlx::Error> {
    sqlx::query_as!(
        Division,
        r#"select code, name, level as "level: Level", parent_code
           from divisions
           where (parent_code = $1 or ($1::text is null and parent_code is null)) and in_use order by code"#,
        parent
    )
    .fetch_all(conn)
    .await
}

/// Whether a code can be given to something new.
pub(crate) async fn in_use(conn: &mut PgConnection, code: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select 1 from divisions where code = $1 and in_use) as "in_use!""#,
        code
    )
    .fetch_one(conn)
    .await
}

/// Whether a code stands or stood for a division.
pub(crate) async fn known(conn: &mut PgConnection, code: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(select 1 from divisions where code = $1) as "known!""#,
        code
    )
    .fetch_one(conn)
    .await
}

/// Makes the table say what the list says: new divisions are entered, names brought up to date, those that
/// are missing marked as no longer in use. Parents stand before children. Nothing is written where nothing changed.
pub(crate) async fn replace_all(
    conn: &mut PgConnection,
    list: &[Division],
) -> Result<u64, sqlx::Error> {
    let codes: Vec<String> = list.iter().map(|d| d.code.clone()).collect();
    let names: Vec<String> = list.iter().map(|d| d.name.clone()).collect();
    let levels: Vec<String> = list.iter().map(|d| d.level.as_str().to_owned()).collect();
    let parents: Vec<Option<String>> = list.iter().map(|d| d.parent_code.clone()).collect();
    let written = sqlx::query!(
        "insert into divisions as d (code, name, level, parent_code)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
         on conflict (code) do update
             set name = excluded.name, level = excluded.level, parent_code = excluded.parent_code, in_use = true
             where (d.name, d.level, d.parent_code, d.in_use)
                 is distinct from (excluded.name, excluded.level, excluded.parent_code, true)",
        &codes,
        &names,
        &levels,
        &parents as &[Option<String>],
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let gone = sqlx::query!(
        "update divisions set in_use = false where in_use and code <> all($1)",
        &codes
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written + gone)
}
