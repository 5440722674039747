//! The transaction in which events are applied.

use std::{collections::HashSet, panic::AssertUnwindSafe};

use futures::FutureExt as _;
use sqlx::{Acquire as _, PgConnection};
use tracing::{Instrument as _, Span};

use crate::{
    event::{ApplyError, Event},
    faults::Faults,
    handler::Handler,
    quarantine,
    store::{lock_checkpoint, move_checkpoint},
    trace,
};

/// Result of applying events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// They were applied, or quarantined (this many), and the checkpoint is at this position.
    Applied { position: i64, quarantined: usize },
    /// All of them had been applied before.
    Nothing,
    /// The event after the checkpoint is missing. Nothing was done.
    Gap,
    /// The source has another event at the checkpoint than the one that was applied. Nothing was done.
    Diverged,
}

/// Applies the new ones among `events` (of one source, in order of position) and moves the checkpoint, in one
/// transaction.
///
/// Positions up to the checkpoint are dropped; the next must be checkpoint + 1. The events are first applied as one
/// batch; if one of them is poison, the batch is rolled back and applied event by event, each behind a savepoint.
pub(crate) async fn apply(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    source: &str,
    events: &[Event],
    faults: &Faults,
) -> Result<Outcome, sqlx::Error> {
    for careful in [false, true] {
        let mut tx = conn.begin().await?;
        let (checkpoint, applied) = lock_checkpoint(&mut tx, handler.name(), source).await?;
        let (had, new) = events.split_at(events.partition_point(|e| e.position <= checkpoint));
        if had
            .last()
            .is_some_and(|e| e.position == checkpoint && Some(e.id) != applied)
        {
            tx.rollback().await?;
            return Ok(Outcome::Diverged);
        }
        let Some(last) = new.last() else {
            tx.rollback().await?;
            return Ok(Outcome::Nothing);
        };
        let mut expected = checkpoint + 1..;
        if new.iter().any(|e| Some(e.position) != expected.next()) {
            tx.rollback().await?;
            return Ok(Outcome::Gap);
        }
        // They end with the transaction.
        let spans: Vec<Span> = new
            .iter()
            .map(|event| trace::applying(handler.name(), event, new.len()))
            .collect();
        let mut held = quarantine::held(&mut tx, handler.name(), source, new).await?;
        let quarantined = if careful || !held.is_empty() {
            one_by_one(&mut tx, handler, new, &spans, &mut held).await?
        } else {
            match apply_many(&mut tx, handler, new, &spans).await {
                Ok(()) => 0,
                Err(ApplyError::Poison(_)) => {
                    trace::failed(&spans);
                    tx.rollback().await?;
                    continue;
                }
                Err(ApplyError::Database(error)) => {
                    trace::failed(&spans);
                    return Err(error);
                }
            }
        };
        faults.reach("applied, not committed").await;
        move_checkpoint(&mut tx, handler.name(), last).await?;
        tx.commit().await?;
        return Ok(Outcome::Applied {
            position: last.position,
            quarantined,
        });
    }
    // The second round quarantines instead of failing, so this is unreachable.
    Err(sqlx::Error::Protocol(
        "a batch was poisonous twice".to_owned(),
    ))
}

async fn one_by_one(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    events: &[Event],
    spans: &[Span],
    held: &mut HashSet<uuid::Uuid>,
) -> Result<usize, sqlx::Error> {
    let mut quarantined = 0;
    for (event, span) in events.iter().zip(spans) {
        let error = if held.contains(&event.aggregate_id) {
            "waits behind an earlier event of the same aggregate".to_owned()
        } else {
            match apply_one(conn, handler, event, span).await {
                Ok(()) => continue,
                Err(ApplyError::Database(error)) => return Err(error),
                Err(ApplyError::Poison(error)) => error,
            }
        };
        trace::failed([span]);
        tracing::error!(
            consumer = handler.name(), source = event.source, position = event.position, event = %event.id,
            event_type = event.event_type, traceparent = event.traceparent, error, "event quarantined"
        );
        quarantine::put(conn, handler.name(), event, &error).await?;
        held.insert(event.aggregate_id);
        quarantined += 1;
    }
    Ok(quarantined)
}

/// Applies one event behind a savepoint: a poison event is rolled back and the transaction goes on.
pub(crate) async fn apply_one(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    event: &Event,
    span: &Span,
) -> Result<(), ApplyError> {
    let mut savepoint = conn.begin().await?;
    let work = handler
        .apply(&mut savepoint, event)
        .instrument(span.clone());
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
    spans: &[Span],
) -> Result<(), ApplyError> {
    // Log lines of a single event belong to its trace; those of a batch belong to none.
    let span = match spans {
        [span] => span.clone(),
        _ => Span::none(),
    };
    no_panic(handler.apply_batch(conn, events).instrument(span)).await
}

/// A handler that panics has met an event it cannot apply.
async fn no_panic(work: impl Future<Output = Result<(), ApplyError>>) -> Result<(), ApplyError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(_) => Err(ApplyError::Poison("the handler panicked".to_owned())),
    }
}
