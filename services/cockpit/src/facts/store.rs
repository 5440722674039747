//! The SQL of the projection.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rules::Tally;

/// The serving generation. While the live projection holds its checkpoint, no rebuild can change it: the
/// switch takes the same lock.
pub async fn serving(conn: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!("select generation from generations where state = 'serving'")
        .fetch_one(conn)
        .await
}

/// Whether this generation is still being built.
pub async fn is_building(conn: &mut PgConnection, generation: i32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from generations where generation = $1 and state = 'building') as "building!""#,
        generation
    )
    .fetch_one(conn)
    .await
}

/// Adds the facts of a batch to a generation: one statement per table, for any number of events.
pub async fn add(
    conn: &mut PgConnection,
    generation: i32,
    source: &str,
    tally: &Tally,
) -> Result<(), sqlx::Error> {
    add_by_day(conn, generation, tally).await?;
    add_in_total(conn, generation, tally).await?;
    add_by_city(conn, generation, tally).await?;
    if let Some(at) = tally.last_event_at() {
        remember_last_fact(conn, generation, source, at).await?;
    }
    Ok(())
}

async fn add_by_day(
    conn: &mut PgConnection,
    generation: i32,
    tally: &Tally,
) -> Result<(), sqlx::Error> {
    let mut metrics: Vec<&str> = Vec::new();
    let mut days: Vec<Date> = Vec::new();
    let mut provinces: Vec<&str> = Vec::new();
    let mut organisations: Vec<Uuid> = Vec::new();
    let mut deltas: Vec<i64> = Vec::new();
    for (metric, day, province, organisation, delta) in tally.by_day() {
        metrics.push(metric.name());
        days.push(day);
        provinces.push(province.code());
        organisations.push(organisation);
        deltas.push(delta);
    }
    if metrics.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into facts (generation, metric, day, province_code, organisation_id, delta)
         select $1, metric, day, province_code, organisation_id, delta
         from unnest($2::text[], $3::date[], $4::text[], $5::uuid[], $6::bigint[])
              as batch (metric, day, province_code, organisation_id, delta)
         on conflict (generation, metric, day, province_code, organisation_id)
         do update set delta = facts.delta + excluded.delta",
        generation,
        &metrics as &[&str],
        &days,
        &provinces as &[&str],
        &organisations,
        &deltas
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn add_in_total(
    conn: &mut PgConnection,
    generation: i32,
    tally: &Tally,
) -> Result<(), sqlx::Error> {
    let mut metrics: Vec<&str> = Vec::new();
    let mut provinces: Vec<&str> = Vec::new();
    let mut organisations: Vec<Uuid> = Vec::new();
    let mut values: Vec<i64> = Vec::new();
    for (metric, province, organisation, value) in tally.in_total() {
        metrics.push(metric.name());
        provinces.push(province.code());
        organisations.push(organisation);
        values.push(value);
    }
    if metrics.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into totals (generation, metric, province_code, organisation_id, value)
         select $1, metric, province_code, organisation_id, value
         from unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[])
              as batch (metric, province_code, organisation_id, value)
         on conflict (generation, metric, province_code, organisation_id)
         do update set value = totals.value + excluded.value",
        generation,
        &metrics as &[&str],
        &provinces as &[&str],
        &organisations,
        &values
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn add_by_city(
    conn: &mut PgConnection,
    generation: i32,
    tally: &Tally,
) -> Result<(), sqlx::Error> {
    let mut metrics: Vec<&str> = Vec::new();
    let mut cities: Vec<String> = Vec::new();
    let mut organisations: Vec<Uuid> = Vec::new();
    let mut values: Vec<i64> = Vec::new();
    for (metric, city, organisation, value) in tally.by_city() {
        metrics.push(metric.name());
        cities.push(city.to_string());
        organisations.push(organisation);
        values.push(value);
    }
    if metrics.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into city_totals (generation, metric, city_code, organisation_id, value)
         select $1, metric, city_code, organisation_id, value
         from unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[])
              as batch (metric, city_code, organisation_id, value)
         on conflict (generation, metric, city_code, organisation_id)
         do update set value = city_totals.value + excluded.value",
        generation,
        &metrics as &[&str],
        &cities,
        &organisations,
        &values
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn remember_last_fact(
    conn: &mut PgConnection,
    generation: i32,
    source: &str,
    occurred_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into last_facts (generation, source, occurred_at) values ($1, $2, $3)
         on conflict (generation, source)
         do update set occurred_at = greatest(last_facts.occurred_at, excluded.occurred_at)",
        generation,
        source,
        occurred_at
    )
    .execute(conn)
    .await?;
    Ok(())
}
