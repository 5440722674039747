//! Writing events of the past straight into the log, by the million, for a seed at scale. Commands use [`append`](crate::append()).

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{append::NewEvent, copy::Copy};

/// An event of the past.
#[derive(Clone, Debug)]
pub struct PastEvent {
    /// Never used before.
    pub id: Uuid,
    /// What happened.
    pub event: NewEvent,
    /// When.
    pub occurred_at: OffsetDateTime,
}

/// Gives the events the next positions, in this order, in the caller's transaction, and returns the last one.
///
/// Holds the row of the relay until the transaction ends, so that no position is given twice: write everything else first, and commit soon.
/// NATS never hears of these events. The consumers find by comparing heads that there is more, and read it from the log, as after NATS lost
/// something; a relay that runs notices the jump and begins behind it.
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
    // What had not been published before these is read from the log as well.
    sqlx::query!(
        "update eventlog.relay set head = $1, published = $1",
        position
    )
    .execute(conn)
    .await?;
    Ok(position)
}
