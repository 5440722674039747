//! Bulk-loads past events into the log, for a seed at scale. Commands use [`append`](crate::append()).

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{append::NewEvent, copy::Copy};

/// A past event.
#[derive(Clone, Debug)]
pub struct PastEvent {
    /// A new id.
    pub id: Uuid,
    /// The event.
    pub event: NewEvent,
    /// When the fact happened.
    pub occurred_at: OffsetDateTime,
}

/// Assigns the next positions to the events, in this order, in the caller's transaction, and returns the last one.
///
/// Locks the relay's row until the transaction ends, so that no position is assigned twice: write everything else
/// first, and commit soon. The events are not published to NATS. Consumers compare heads and read them from the log, as
/// after a loss in NATS; a running relay notices the jump and continues after it.
pub async fn load(conn: &mut PgConnection, events: &[PastEvent]) -> Result<i64, sqlx::Error> {
    let head = sqlx::query_scalar!("select head from eventlog.relay for update")
        .fetch_one(&mut *conn)
        .await?;
    let columns = [
        "position",
        "id",
        "aggregate",
        "aggregate_id",
        "event_type",
        "payload",
        "occurred_at",
    ];
    let mut rows = Copy::begin(conn, "eventlog.event_log", &columns).await?;
    let mut position = head;
    for PastEvent {
        id,
        event,
        occurred_at,
    } in events
    {
        position += 1;
        rows.row()
            .await?
            .big(position)
            .id(*id)
            .text(event.aggregate)
            .id(event.aggregate_id)
            .text(&event.event_type)
            .bytes(&event.payload)
            .time(*occurred_at);
    }
    rows.finish().await?;
    // Events not yet published before these are read from the log as well.
    sqlx::query!(
        "update eventlog.relay set head = $1, published = $1",
        position
    )
    .execute(conn)
    .await?;
    Ok(position)
}
