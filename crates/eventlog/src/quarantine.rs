//! The table `eventlog.quarantine`: events that could not be applied, with their errors.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    event::Event,
    store::{MAX_BYTES, Row},
};

/// An event in quarantine.
pub(crate) struct Quarantined {
    pub(crate) consumer: String,
    pub(crate) event: Event,
    pub(crate) error: String,
    pub(crate) quarantined_at: OffsetDateTime,
    pub(crate) attempts: i32,
}

pub(crate) async fn put(
    conn: &mut PgConnection,
    consumer: &str,
    event: &Event,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into eventlog.quarantine
             (consumer, source, position, id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent, error)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        consumer,
        event.source,
        event.position,
        event.id,
        event.aggregate,
        event.aggregate_id,
        event.event_type,
        event.payload.as_ref(),
        event.occurred_at,
        event.traceparent,
        error,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Which of these aggregates have an event in quarantine: their next events are queued behind it.
pub(crate) async fn held(
    conn: &mut PgConnection,
    consumer: &str,
    source: &str,
    events: &[Event],
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let aggregates: Vec<Uuid> = events.iter().map(|e| e.aggregate_id).collect();
    let held = sqlx::query_scalar!(
        "select distinct aggregate_id from eventlog.quarantine
         where consumer = $1 and source = $2 and aggregate_id = any ($3)",
        consumer,
        source,
        &aggregates
    )
    .fetch_all(conn)
    .await?;
    Ok(held.into_iter().collect())
}

/// The oldest thousand (fewer if they are big, to limit the response), and the total number.
pub(crate) async fn list(conn: &mut PgConnection) -> Result<(Vec<Quarantined>, i64), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select consumer as "consumer!", source as "source!", position as "position!", id as "id!",
                  aggregate as "aggregate!", aggregate_id as "aggregate_id!", event_type as "event_type!",
                  payload as "payload!", occurred_at as "occurred_at!", traceparent, error as "error!",
                  quarantined_at as "quarantined_at!", attempts as "attempts!"
           from (select *, sum(octet_length(payload)) over (order by quarantined_at, position, consumer, source)
                           - octet_length(payload) as bytes_before
                 from (select * from eventlog.quarantine order by quarantined_at, position, consumer, source limit 1000) as page
                ) as measured
           where bytes_before < $1
           order by quarantined_at, position, consumer, source"#,
        MAX_BYTES
    )
    .fetch_all(&mut *conn)
    .await?;
    let total = sqlx::query_scalar!(r#"select count(*) as "total!" from eventlog.quarantine"#)
        .fetch_one(conn)
        .await?;
    let events = rows.into_iter().map(|row| Quarantined {
        consumer: row.consumer,
        error: row.error,
        quarantined_at: row.quarantined_at,
        attempts: row.attempts,
        event: Row {
            position: row.position,
            id: row.id,
            aggregate: row.aggregate,
            aggregate_id: row.aggregate_id,
            event_type: row.event_type,
            payload: row.payload,
            occurred_at: row.occurred_at,
            traceparent: row.traceparent,
        }
        .into_event(&row.source),
    });
    Ok((events.collect(), total))
}

/// Consumers with events in quarantine, and their sources; optionally of one source.
pub(crate) async fn queues(
    conn: &mut PgConnection,
    source: Option<&str>,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct consumer, source from eventlog.quarantine where $1::text is null or source = $1
         order by consumer, source",
        source
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.consumer, row.source))
        .collect())
}

/// The number of events in quarantine; optionally of one source.
pub(crate) async fn remaining(
    conn: &mut PgConnection,
    source: Option<&str>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "remaining!" from eventlog.quarantine where $1::text is null or source = $1"#,
        source
    )
    .fetch_one(conn)
    .await
}

/// The first event of a queue after a position, without those of aggregates that are stuck.
pub(crate) async fn next(
    conn: &mut PgConnection,
    consumer: &str,
    source: &str,
    behind: i64,
    stuck: &[Uuid],
) -> Result<Option<Event>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select position, id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent
         from eventlog.quarantine
         where consumer = $1 and source = $2 and position > $3 and aggregate_id <> all ($4)
         order by position limit 1",
        consumer,
        source,
        behind,
        stuck
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| row.into_event(source)))
}

/// Removes an event that was applied.
pub(crate) async fn remove(
    conn: &mut PgConnection,
    consumer: &str,
    event: &Event,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from eventlog.quarantine where consumer = $1 and source = $2 and position = $3",
        consumer,
        event.source,
        event.position
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Records another failure of an event.
pub(crate) async fn mark(
    conn: &mut PgConnection,
    consumer: &str,
    event: &Event,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update eventlog.quarantine set error = $4, attempts = attempts + 1
         where consumer = $1 and source = $2 and position = $3",
        consumer,
        event.source,
        event.position,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}
