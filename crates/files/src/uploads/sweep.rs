//! What is no longer needed is deleted.

use std::time::Duration;

use kit::{Worker, clock::Clock, db::Db};

use super::store;
use crate::store::Store;

/// How often a replica looks.
const PERIOD: Duration = Duration::from_secs(30);
/// Rows at a time: a transaction stays short.
const BATCH: i64 = 100;

/// A worker that forgets uploads which were not claimed in time, and deletes the objects that nothing refers to. Any number
/// may run.
pub fn worker(name: &'static str, db: &Db, store: &Store, clock: &Clock) -> Worker {
    let (db, store, clock) = (db.clone(), store.clone(), clock.clone());
    Worker::every(name, PERIOD, move || {
        let (db, store, clock) = (db.clone(), store.clone(), clock.clone());
        async move { Ok(sweep(&db, &store, &clock).await?) }
    })
}

/// One round: everything that is due.
pub async fn sweep(db: &Db, store: &Store, clock: &Clock) -> Result<(), sqlx::Error> {
    loop {
        let mut tx = db.begin().await?;
        let swept = store::sweep(&mut tx, BATCH, clock.now()).await?;
        tx.commit().await?;
        if swept == 0 {
            break;
        }
    }
    loop {
        let due = store::due(&mut *db.read().await?, BATCH, clock.now()).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut deleted = Vec::new();
        for object in due {
            match store.delete(&object).await {
                Ok(()) => deleted.push(object),
                // It is tried again in ten minutes.
                Err(error) => tracing::warn!(%error, "an object cannot be deleted"),
            }
        }
        store::deleted(&mut *db.read().await?, &deleted).await?;
    }
}
