//! Appends events to the outbox.

use prost::{Message, Name};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::trace::current_traceparent;

/// An event about to be appended.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub(crate) aggregate: &'static str,
    pub(crate) aggregate_id: Uuid,
    pub(crate) event_type: String,
    pub(crate) payload: Vec<u8>,
}

impl NewEvent {
    /// An event of the `aggregate` (its type in CamelCase, e.g. `Membership`) with this id. The event type is the
    /// message's own name. At most 512 KiB encoded; the database refuses more.
    pub fn of<M: Message + Name>(aggregate: &'static str, aggregate_id: Uuid, message: &M) -> Self {
        Self {
            aggregate,
            aggregate_id,
            event_type: M::NAME.to_owned(),
            payload: message.encode_to_vec(),
        }
    }
}

/// Appends an event in the caller's transaction and returns its id (UUIDv7). The row of the aggregate must already be
/// locked, which keeps the events of one aggregate in order. After the commit, call
/// [`Nudge::wake`](crate::Nudge::wake).
///
/// The current tracing span becomes the parent of the spans in which the event is published and applied.
pub async fn append(
    conn: &mut PgConnection,
    event: &NewEvent,
    now: OffsetDateTime,
) -> Result<Uuid, sqlx::Error> {
    let id = ambient::chance::id(now);
    sqlx::query!(
        "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent)
         values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        event.aggregate,
        event.aggregate_id,
        event.event_type,
        event.payload,
        now,
        current_traceparent(),
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Appends many events, in this order, with one statement.
pub async fn append_all(
    conn: &mut PgConnection,
    events: &[NewEvent],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().map(|_| ambient::chance::id(now)).collect();
    let aggregates: Vec<String> = events.iter().map(|e| e.aggregate.to_owned()).collect();
    let aggregate_ids: Vec<Uuid> = events.iter().map(|e| e.aggregate_id).collect();
    let types: Vec<String> = events.iter().map(|e| e.event_type.clone()).collect();
    let payloads: Vec<Vec<u8>> = events.iter().map(|e| e.payload.clone()).collect();
    sqlx::query!(
        "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at, traceparent)
         select e.id, e.aggregate, e.aggregate_id, e.event_type, e.payload, $6, $7
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[]) with ordinality
              as e (id, aggregate, aggregate_id, event_type, payload, nth)
         order by e.nth",
        &ids,
        &aggregates,
        &aggregate_ids,
        &types,
        &payloads,
        now,
        current_traceparent(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
