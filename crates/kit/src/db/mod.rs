//! The database of a service: a small pool, transactions that wake the relay, and idempotent requests.

mod once;
mod pool;

use std::{
    ops::{Deref, DerefMut},
    time::Instant,
};

use database::{Connection, Transaction};
use eventlog::{NewEvent, Nudge};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

use crate::{audit::Trail, notices::Notice, telemetry::metrics};

pub(crate) use once::Remembered;
pub use once::sweep;
pub use pool::{connect, log_pool};

/// The database of a service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    nudge: Nudge,
    trail: Trail,
}

impl Db {
    /// Over an existing pool; `nudge` is the relay's.
    pub fn new(pool: PgPool, nudge: Nudge) -> Self {
        let trail = Trail::new(pool.clone());
        Self { pool, nudge, trail }
    }

    /// Begins a transaction (READ COMMITTED). Dropped without [`Tx::commit`], it is rolled back.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        let waiting = Instant::now();
        let inner = database::begin(&self.pool).await;
        metrics::pool_wait(waiting.elapsed(), &inner);
        Ok(Tx {
            inner: inner?,
            nudge: self.nudge.clone(),
            published: false,
        })
    }

    /// A connection for reading: each statement sees the committed state at its start.
    pub async fn read(&self) -> Result<Connection, sqlx::Error> {
        let waiting = Instant::now();
        let conn = database::acquire(&self.pool).await;
        metrics::pool_wait(waiting.elapsed(), &conn);
        conn
    }

    /// Writes audit records of reads that disclose personal data.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// The underlying pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Wakes the relay; for code that appends events in a transaction of its own.
    pub fn nudge(&self) -> &Nudge {
        &self.nudge
    }
}

/// A transaction. Dereferences to the connection: `store::insert(&mut tx, …)`.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction,
    nudge: Nudge,
    published: bool,
}

impl Tx {
    /// Writes an event to the outbox. The aggregate's row must already be locked.
    pub async fn publish(
        &mut self,
        event: &NewEvent,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        eventlog::append(&mut self.inner, event, now).await?;
        self.published = true;
        Ok(())
    }

    /// Writes many events to the outbox, in this order, with one statement.
    pub async fn publish_all(
        &mut self,
        events: &[NewEvent],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        eventlog::append_all(&mut self.inner, events, now).await?;
        self.published |= !events.is_empty();
        Ok(())
    }

    /// Asks identity to tell people something once this has committed, with one statement. See [`notices`](crate::notices).
    pub async fn notify(
        &mut self,
        notices: &[Notice],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let events: Vec<NewEvent> = notices.iter().map(|notice| notice.event(now)).collect();
        self.publish_all(&events, now).await
    }

    /// For modules that write state and outbox row in one statement: the relay is woken after the commit.
    pub fn wake(&mut self) {
        self.published = true;
    }

    /// Commits, then wakes the relay if events were published.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await?;
        if self.published {
            self.nudge.wake();
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
