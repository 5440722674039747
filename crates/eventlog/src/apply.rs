//! The transaction in which events take effect.

use std::{collections::HashSet, panic::AssertUnwindSafe};

use futures::FutureExt as _;
use sqlx::{Acquire as _, PgConnection};
use tracing::Instrument as _;

use crate::{
    event::{ApplyError, Event},
    faults::Faults,
    handler::Handler,
    quarantine,
    store::{lock_checkpoint, move_checkpoint},
};

/// What became of some events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The checkpoint is here now; so many events went into quarantine.
    At { position: i64, quarantined: usize },
    /// The checkpoint is at `position`, and the event after it is not among them. Nothing was done.
    Gap { position: i64 },
}

/// Applies what is new among `events` (of one source, in order of position) and moves the checkpoint, in one transaction.
///
/// Positions that were had are dropped; the next must be checkpoint + 1. First everything is tried in one go; if
/// that turns out to contain poison, it is rolled back and done again event by event, each behind a savepoint.
pub(crate) async fn apply(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    source: &str,
    events: &[Event],
    faults: &Faults,
) -> Result<Outcome, sqlx::Error> {
    for careful in [false, true] {
        let mut tx = conn.begin().await?;
        let checkpoint = lock_checkpoint(&mut tx, handler.name(), source).await?;
        let new = &events[events.partition_point(|e| e.position <= checkpoint)..];
        let Some(last) = new.last().map(|e| e.position) else {
            tx.rollback().await?;
            return Ok(Outcome::At {
                position: checkpoint,
                quarantined: 0,
            });
        };
        if new
            .iter()
            .zip(checkpoint + 1..)
            .any(|(event, expected)| event.position != expected)
        {
            tx.rollback().await?;
            return Ok(Outcome::Gap {
                position: checkpoint,
            });
        }
        let mut held = quarantine::held(&mut tx, handler.name(), source, new).await?;
        let quarantined = if careful || !held.is_empty() {
            one_by_one(&mut tx, handler, new, &mut held).await?
        } else {
            match apply_many(&mut tx, handler, new).await {
                Ok(()) => 0,
                Err(ApplyError::Poison(_)) => {
                    tx.rollback().await?;
                    continue;
                }
                Err(ApplyError::Database(error)) => return Err(error),
            }
        };
        faults.reach("applied, not committed").await;
        move_checkpoint(&mut tx, handler.name(), source, last).await?;
        tx.commit().await?;
        return Ok(Outcome::At {
            position: last,
            quarantined,
        });
    }
    // The second round quarantines instead of failing, so it never gets here.
    Err(sqlx::Error::Protocol(
        "a batch was poisonous twice".to_owned(),
    ))
}

async fn one_by_one(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    events: &[Event],
    held: &mut HashSet<uuid::Uuid>,
) -> Result<usize, sqlx::Error> {
    let mut quarantined = 0;
    for event in events {
        let error = if held.contains(&event.aggregate_id) {
            "waits behind an earlier event of the same aggregate".to_owned()
        } else {
            match apply_one(conn, handler, event).await {
                Ok(()) => continue,
                Err(ApplyError::Database(error)) => return Err(error),
                Err(ApplyError::Poison(error)) => error,
            }
        };
        tracing::error!(
            consumer = handler.name(), source = event.source, position = event.position, event = %event.id,
            event_type = event.event_type, error, "event quarantined"
        );
        quarantine::put(conn, handler.name(), event, &error).await?;
        held.insert(event.aggregate_id);
        quarantined += 1;
    }
    Ok(quarantined)
}

/// Applies one event behind a savepoint: if it is poison, nothing of it stays and the transaction goes on.
pub(crate) async fn apply_one(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    event: &Event,
) -> Result<(), ApplyError> {
    let mut savepoint = conn.begin().await?;
    let work = handler
        .apply(&mut savepoint, event)
        .instrument(event.span(handler.name()));
    match no_panic(work).await {
        Ok(()) => Ok(savepoint.commit().await?),
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}

async fn apply_many(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    events: &[Event],
) -> Result<(), ApplyError> {
    no_panic(handler.apply_batch(conn, events)).await
}

/// A handler that panics has met an event it cannot apply.
async fn no_panic(work: impl Future<Output = Result<(), ApplyError>>) -> Result<(), ApplyError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(ApplyError::Poison("the handler panicked".to_owned())),
    }
}
