//! What a service does with the events of another one.

use sqlx::PgConnection;

use crate::event::{ApplyError, Event};

/// Applies events to the database of the consuming service. Everything it does through `conn` is in the transaction
/// that moves the checkpoint, so it happens exactly once. It must have no other effects: no network call, no file. For
/// external effects, insert a row for a worker.
#[async_trait::async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The name of the consumer, e.g. `cockpit.facts`. Together with the source it is the key of the checkpoint: a new
    /// name starts from the first event.
    fn name(&self) -> &'static str;

    /// Applies one event. Unknown event types are ignored: `Ok(())`.
    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError>;

    /// Applies events in order. Override it where one statement can handle many. If it returns [`ApplyError::Poison`],
    /// everything it did is rolled back and the events are applied one by one with [`apply`](Self::apply).
    async fn apply_batch(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        for event in events {
            self.apply(conn, event).await?;
        }
        Ok(())
    }

    /// Called after the commit with the last position applied, e.g. to push a live update. May be skipped when the
    /// process dies, so nothing essential may depend on it.
    async fn committed(&self, source: &str, position: i64) {
        let _ = (source, position);
    }
}
