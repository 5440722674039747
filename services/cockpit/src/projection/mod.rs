//! The projection: adds the facts and the periods of a batch of events in the transaction that moves the checkpoint.

use std::sync::Arc;

use eventlog::{ApplyError, Event, Handler};
use sqlx::PgConnection;

use crate::{
    changes::Changes,
    facts::{CONSUMER, REBUILD_CONSUMER, decode, rules::Tally, store},
    periods,
};

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
        let mut changes = Vec::new();
        for event in events {
            let counted = decode(event)?;
            if let Some(counted) = &counted {
                tally.count(event.occurred_at, counted);
            }
            changes.extend(periods::changes(event, counted.as_ref())?);
        }
        let generation = self.generation(conn).await?;
        store::add(conn, generation, &first.source, &tally).await?;
        periods::store::write(conn, generation, &first.source, changes).await?;
        Ok(())
    }

    async fn committed(&self, _: &str, _: i64) {
        if let Target::Serving(changes) = &self.target {
            changes.publish();
        }
    }
}
