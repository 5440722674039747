//! The event handler: adds the facts of a batch of events in the transaction that moves the checkpoint.

use std::sync::Arc;

use eventlog::{ApplyError, Event, Handler};
use sqlx::PgConnection;

use super::{
    consumer::{CONSUMER, REBUILD_CONSUMER},
    decode,
    rules::Tally,
    store,
};
use crate::changes::Changes;

/// Counts events into a generation. One handler serves all three sources: every event names its source.
pub struct Projection {
    target: Target,
}

enum Target {
    /// The serving generation; changes are published.
    Serving(Arc<Changes>),
    /// This generation, as long as it is being built.
    Building(i32),
}

impl Projection {
    /// The projection of the serving generation. It publishes commits to `changes`.
    pub fn live(changes: Arc<Changes>) -> Self {
        Self {
            target: Target::Serving(changes),
        }
    }

    /// The projection of a rebuild.
    pub fn rebuild(generation: i32) -> Self {
        Self {
            target: Target::Building(generation),
        }
    }

    async fn generation(&self, conn: &mut PgConnection) -> Result<i32, ApplyError> {
        match self.target {
            Target::Serving(_) => Ok(store::serving(conn).await?),
            // Once the generation serves, its events are applied by the live projection; this one fails until it is stopped.
            Target::Building(generation) => match store::is_building(conn, generation).await? {
                true => Ok(generation),
                false => Err(ApplyError::Database(sqlx::Error::Protocol(
                    "the rebuild is over: this generation is not being built any more".to_owned(),
                ))),
            },
        }
    }
}

#[async_trait::async_trait]
impl Handler for Projection {
    fn name(&self) -> &'static str {
        match self.target {
            Target::Serving(_) => CONSUMER,
            Target::Building(_) => REBUILD_CONSUMER,
        }
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(conn, std::slice::from_ref(event)).await
    }

    async fn apply_batch(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let mut tally = Tally::default();
        for event in events {
            if let Some(counted) = decode(event)? {
                tally.count(event.occurred_at, &counted);
            }
        }
        let generation = self.generation(conn).await?;
        store::add(conn, generation, &first.source, &tally).await?;
        Ok(())
    }

    async fn committed(&self, _: &str, _: i64) {
        if let Target::Serving(changes) = &self.target {
            changes.publish();
        }
    }
}
