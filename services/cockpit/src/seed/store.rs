//! The SQL of provinces and cities.

use sqlx::PgConnection;

use super::rows::{Division, Tile};

/// Replaces all tiles of the map.
pub(super) async fn replace_tiles(
    conn: &mut PgConnection,
    tiles: &[Tile],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from provinces")
        .execute(&mut *conn)
        .await?;
    let codes: Vec<&str> = tiles.iter().map(|t| t.code.as_str()).collect();
    let names: Vec<&str> = tiles.iter().map(|t| t.short_name.as_str()).collect();
    let rows: Vec<i16> = tiles.iter().map(|t| t.row).collect();
    let columns: Vec<i16> = tiles.iter().map(|t| t.col).collect();
    sqlx::query!(
        "insert into provinces (code, short_name, tile_row, tile_column)
         select * from unnest($1::text[], $2::text[], $3::smallint[], $4::smallint[])",
        &codes as &[&str],
        &names as &[&str],
        &rows,
        &columns
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces all cities.
pub(super) async fn replace_cities(
    conn: &mut PgConnection,
    cities: &[Division],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from cities")
        .execute(&mut *conn)
        .await?;
    let codes: Vec<&str> = cities.iter().map(|c| c.code.as_str()).collect();
    let names: Vec<&str> = cities.iter().map(|c| c.name.as_str()).collect();
    sqlx::query!(
        "insert into cities (code, name) select * from unnest($1::text[], $2::text[])",
        &codes as &[&str],
        &names as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces all divisions, by code and name.
pub(super) async fn replace_divisions(
    conn: &mut PgConnection,
    divisions: &[(String, String)],
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from divisions")
        .execute(&mut *conn)
        .await?;
    let codes: Vec<&str> = divisions.iter().map(|(code, _)| code.as_str()).collect();
    let names: Vec<&str> = divisions.iter().map(|(_, name)| name.as_str()).collect();
    sqlx::query!(
        "insert into divisions (code, name) select * from unnest($1::text[], $2::text[])",
        &codes as &[&str],
        &names as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(())
}
