//! The SQL of the rebuild.

use sqlx::PgConnection;

use crate::facts::{CONSUMER, REBUILD_CONSUMER};

/// Rows deleted in one transaction.
const CHUNK: i64 = 20_000;

/// Whether the serving numbers by city add up to those by province. They do not after a version that does not count cities was
/// running.
pub async fn cities_add_up(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with serving as (
               select generation from generations where state = 'serving'
           ), by_city as (
               select metric, left(city_code, 2) || '0000' as province_code, organisation_id, sum(value) as value
               from city_totals join serving using (generation)
               group by 1, 2, 3
           ), by_province as (
               select metric, province_code, organisation_id, value
               from totals join serving using (generation)
           )
           select not exists (
               select from by_city full join by_province using (metric, province_code, organisation_id)
               where coalesce(by_city.value, 0) <> coalesce(by_province.value, 0)
           ) as "add_up!""#
    )
    .fetch_one(conn)
    .await
}

/// Whether the periods of the serving numbers add up to its totals: of what goes on the periods without an end, of what happens all of
/// them. They do not after a version that writes no periods was running. `states` and `metrics` are the codes of the states and the names of
/// the metrics that count their periods, in the same order.
pub async fn periods_add_up(
    conn: &mut PgConnection,
    states: &[i16],
    happens: &[bool],
    metrics: &[&str],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with serving as (
               select generation from generations where state = 'serving'
           ), asked as (
               select * from unnest($1::smallint[], $2::boolean[], $3::text[]) as asked (state, happens, metric)
           ), by_period as (
               select metric, p.organisation_id, count(*) as value
               from periods p join serving using (generation) join asked using (state)
               where happens or ended is null
               group by 1, 2
           ), by_fact as (
               select metric, organisation_id, sum(value) as value
               from totals join serving using (generation) join asked using (metric)
               group by 1, 2
           )
           select not exists (
               select from by_period full join by_fact using (metric, organisation_id)
               where coalesce(by_period.value, 0) <> coalesce(by_fact.value, 0)
           ) as "add_up!""#,
        states,
        happens,
        metrics as &[&str]
    )
    .fetch_one(conn)
    .await
}

/// Tries to take the lock that excludes other rebuilds; it belongs to the connection.
pub async fn try_lock(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_lock(hashtextextended('cockpit.rebuild', 0)) as "locked!""#
    )
    .fetch_one(conn)
    .await
}

/// Begins a new generation. An unfinished one of an earlier rebuild is retired.
pub async fn begin(conn: &mut PgConnection) -> Result<i32, sqlx::Error> {
    retire_unfinished(conn).await?;
    sqlx::query_scalar!("insert into generations (state) values ('building') returning generation")
        .fetch_one(conn)
        .await
}

/// Retires the generation that is being built, and deletes the state of its consumers.
pub async fn retire_unfinished(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    eventlog::reset(&mut *conn, REBUILD_CONSUMER).await?;
    sqlx::query!("update generations set state = 'retired' where state = 'building'")
        .execute(conn)
        .await?;
    Ok(())
}

/// Pauses a projection until the end of the transaction, and returns its position in each of these sources.
pub async fn pause(
    conn: &mut PgConnection,
    consumer: &str,
    sources: &[&str],
) -> Result<Vec<i64>, sqlx::Error> {
    // A projection that has never run has no checkpoint to lock.
    sqlx::query!(
        "insert into eventlog.checkpoint (consumer, source) select $1, source from unnest($2::text[]) as source
         on conflict do nothing",
        consumer,
        sources as &[&str]
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "select from eventlog.checkpoint where consumer = $1 and source = any ($2) order by source for update",
        consumer,
        sources as &[&str]
    )
    .execute(&mut *conn)
    .await?;
    positions(conn, consumer, sources).await
}

/// The position of a projection in each of these sources, in their order.
pub async fn positions(
    conn: &mut PgConnection,
    consumer: &str,
    sources: &[&str],
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(c.position, 0) as "position!"
           from unnest($2::text[]) with ordinality as asked (source, place)
           left join eventlog.checkpoint c on c.consumer = $1 and c.source = asked.source
           order by asked.place"#,
        consumer,
        sources as &[&str]
    )
    .fetch_all(conn)
    .await
}

/// Replaces the serving generation by the rebuilt one. Both projections must be paused.
pub async fn switch(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("update generations set state = 'retired' where state = 'serving'")
        .execute(&mut *conn)
        .await?;
    sqlx::query!("update generations set state = 'serving' where state = 'building'")
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "update eventlog.checkpoint live
         set position = rebuilt.position, event_id = rebuilt.event_id, moved_at = now()
         from eventlog.checkpoint rebuilt
         where live.consumer = $1 and rebuilt.consumer = $2 and rebuilt.source = live.source",
        CONSUMER,
        REBUILD_CONSUMER
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from eventlog.quarantine where consumer = $1",
        CONSUMER
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update eventlog.quarantine set consumer = $1 where consumer = $2",
        CONSUMER,
        REBUILD_CONSUMER
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes the checkpoints of the rebuild. Its projection must have ended.
pub async fn delete_checkpoints(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from eventlog.checkpoint where consumer = $1",
        REBUILD_CONSUMER
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes a chunk of the rows of retired generations. Returns whether there are more.
pub async fn sweep(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let facts = sqlx::query!(
        "delete from facts where ctid = any (array(
             select f.ctid from facts f join generations g using (generation) where g.state = 'retired' limit $1))",
        CHUNK
    )
    .execute(&mut *conn)
    .await?;
    let totals = sqlx::query!(
        "delete from totals where ctid = any (array(
             select t.ctid from totals t join generations g using (generation) where g.state = 'retired' limit $1))",
        CHUNK
    )
    .execute(&mut *conn)
    .await?;
    let cities = sqlx::query!(
        "delete from city_totals where ctid = any (array(
             select t.ctid from city_totals t join generations g using (generation) where g.state = 'retired' limit $1))",
        CHUNK
    )
    .execute(&mut *conn)
    .await?;
    let periods = sqlx::query!(
        "delete from periods where ctid = any (array(
             select p.ctid from periods p join generations g using (generation) where g.state = 'retired' limit $1))",
        CHUNK
    )
    .execute(&mut *conn)
    .await?;
    let described = sqlx::query!(
        "delete from person_descriptions where ctid = any (array(
             select d.ctid from person_descriptions d join generations g using (generation) where g.state = 'retired' limit $1))",
        CHUNK
    )
    .execute(&mut *conn)
    .await?;
    let deleted = [facts, totals, cities, periods, described];
    if deleted.iter().any(|done| done.rows_affected() > 0) {
        return Ok(true);
    }
    sqlx::query!(
        "delete from last_facts using generations g where last_facts.generation = g.generation and g.state = 'retired'"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from period_counts c using generations g where c.generation = g.generation and g.state = 'retired'"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from revisions r using generations g where r.generation = g.generation and g.state = 'retired'"
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from generations where state = 'retired'")
        .execute(conn)
        .await?;
    Ok(false)
}
