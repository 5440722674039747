//! SQL of outbox, log and checkpoints. That of the quarantine is in `quarantine.rs`.

use bytes::Bytes;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::Event;

/// The channel on which a standby replica wakes the active relay.
pub(crate) const CHANNEL: &str = "eventlog_outbox";

/// Maximum payload in bytes that is read or moved at once (exceeded by at most one event), to bound memory and the size
/// of gRPC messages.
pub(crate) const MAX_BYTES: i64 = 2 << 20;

/// An event as a row, which does not contain the name of its source.
pub(crate) struct Row {
    pub(crate) position: i64,
    pub(crate) id: Uuid,
    pub(crate) aggregate: String,
    pub(crate) aggregate_id: Uuid,
    pub(crate) event_type: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) occurred_at: OffsetDateTime,
    pub(crate) traceparent: Option<String>,
}

impl Row {
    pub(crate) fn into_event(self, source: &str) -> Event {
        Event {
            position: self.position,
            id: self.id,
            source: source.to_owned(),
            aggregate: self.aggregate,
            aggregate_id: self.aggregate_id,
            event_type: self.event_type,
            payload: Bytes::from(self.payload),
            occurred_at: self.occurred_at,
            traceparent: self.traceparent,
        }
    }
}

/// The positions of the relay: (head, published).
pub(crate) async fn relay_state(conn: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
    let state = sqlx::query!("select head, published from eventlog.relay")
        .fetch_one(conn)
        .await?;
    Ok((state.head, state.published))
}

/// Makes this connection plan each statement anew. The outbox is almost empty when the relay's statement is first
/// planned, and then a full scan looks cheapest; a cached plan would scan a backlog of 100,000 events once for each
/// batch.
pub(crate) async fn plan_anew(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set plan_cache_mode = force_custom_plan")
        .execute(conn)
        .await?;
    Ok(())
}

/// Moves up to `limit` events from the outbox to the log, records that `published` was acknowledged, and returns the
/// moved events, in order.
///
/// One statement, hence one transaction and one round trip. Deleting, numbering and updating the head succeed or fail
/// together, so there can be no gap. The row of the relay is locked, so that even two concurrent relays (which the
/// advisory lock prevents) could not assign a position twice. Writes nothing while there is nothing to do.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    source: &str,
    limit: i64,
    published: i64,
) -> Result<Vec<Event>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"with batch as (
               delete from eventlog.outbox
               where seq = any (array(
                   select seq
                   from (select seq, sum(octet_length(payload)) over (order by seq) - octet_length(payload) as bytes_before
                         from (select seq, payload from eventlog.outbox order by seq limit $1) as page) as measured
                   where bytes_before < $3))
               returning *
           ), relay as materialized (
               select head from eventlog.relay where exists (select from batch) for update
           ), logged as (
               insert into eventlog.event_log
                   (position, id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent)
               select relay.head + row_number() over (order by batch.seq), batch.id, batch.aggregate, batch.aggregate_id,
                      batch.event_type, batch.payload, batch.occurred_at, batch.traceparent
               from batch cross join relay
               returning *
           ), state as (
               update eventlog.relay
               set head = head + (select count(*) from logged), published = greatest(published, $2)
               where published < $2 or exists (select from logged)
           )
           select position as "position!", id as "id!", aggregate as "aggregate!", aggregate_id as "aggregate_id!",
                  event_type as "event_type!", payload as "payload!", occurred_at as "occurred_at!", traceparent
           from logged
           order by position"#,
        limit,
        published,
        MAX_BYTES
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.into_event(source)).collect())
}

/// Number of events in the outbox (counted up to 100,000) and age of the oldest in seconds.
pub(crate) async fn outbox(conn: &mut PgConnection) -> Result<(i64, f64), sqlx::Error> {
    let waiting = sqlx::query!(
        r#"select count(*) as "depth!",
                  coalesce(extract(epoch from clock_timestamp() - min(queued_at)), 0)::float8 as "age!"
           from (select queued_at from eventlog.outbox order by seq limit 100000) as waiting"#
    )
    .fetch_one(conn)
    .await?;
    Ok((waiting.depth, waiting.age))
}

/// Wakes the relay in another replica.
pub(crate) async fn notify(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Up to `limit` events after `after`, fewer if they are big, and the head.
pub(crate) async fn read(
    conn: &mut PgConnection,
    source: &str,
    after: i64,
    limit: i64,
) -> Result<(Vec<Event>, i64), sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select position, id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent
           from (select *, sum(octet_length(payload)) over (order by position) - octet_length(payload) as bytes_before
                 from (select * from eventlog.event_log where position > $1 order by position limit $2) as page) as measured
           where bytes_before < $3
           order by position"#,
        after,
        limit,
        MAX_BYTES
    )
    .fetch_all(&mut *conn)
    .await?;
    let events = rows.into_iter().map(|row| row.into_event(source)).collect();
    Ok((events, relay_state(conn).await?.0))
}

/// Creates the consumer's checkpoint if it is missing. Returns its position and the number of events in its quarantine.
pub(crate) async fn checkpoint(
    conn: &mut PgConnection,
    consumer: &str,
    source: &str,
) -> Result<(i64, i64), sqlx::Error> {
    let found = sqlx::query!(
        r#"select (select position from eventlog.checkpoint where consumer = $1 and source = $2) as position,
                  (select count(*) from eventlog.quarantine where consumer = $1 and source = $2) as "quarantined!""#,
        consumer,
        source
    )
    .fetch_one(&mut *conn)
    .await?;
    if let Some(position) = found.position {
        return Ok((position, found.quarantined));
    }
    sqlx::query!(
        "insert into eventlog.checkpoint (consumer, source) values ($1, $2) on conflict do nothing",
        consumer,
        source
    )
    .execute(conn)
    .await?;
    Ok((0, found.quarantined))
}

/// Locks the checkpoint of a consumer until the end of the transaction and returns its position and the id of the event
/// there. Live consumption and replays of the same consumer and source exclude each other by this lock.
pub(crate) async fn lock_checkpoint(
    conn: &mut PgConnection,
    consumer: &str,
    source: &str,
) -> Result<(i64, Option<Uuid>), sqlx::Error> {
    let checkpoint = sqlx::query!(
        "select position, event_id from eventlog.checkpoint where consumer = $1 and source = $2 for update",
        consumer,
        source
    )
    .fetch_one(conn)
    .await?;
    Ok((checkpoint.position, checkpoint.event_id))
}

pub(crate) async fn move_checkpoint(
    conn: &mut PgConnection,
    consumer: &str,
    to: &Event,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update eventlog.checkpoint set position = $3, event_id = $4, moved_at = now()
         where consumer = $1 and source = $2",
        consumer,
        to.source,
        to.position,
        to.id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Resets a consumer to the first event of all its sources, in the caller's transaction, and empties its quarantine.
/// The caller deletes, in the same transaction, the handler's data. A running consumer notices within a second and
/// starts over.
pub async fn reset(conn: &mut PgConnection, consumer: &str) -> Result<(), sqlx::Error> {
    // The checkpoint first: its lock excludes a running consumer.
    sqlx::query!(
        "update eventlog.checkpoint set position = 0, event_id = null, moved_at = now() where consumer = $1",
        consumer
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from eventlog.quarantine where consumer = $1",
        consumer
    )
    .execute(conn)
    .await?;
    Ok(())
}
