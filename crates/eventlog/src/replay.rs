//! Applies quarantined events again after the cause is fixed.

use std::sync::Arc;

use sqlx::{Acquire as _, PgConnection, PgPool};

use crate::{
    apply::apply_one,
    event::ApplyError,
    handler::Handler,
    quarantine::{mark, next, queues, remaining, remove},
    store::lock_checkpoint,
    trace,
};

/// Applies quarantined events again, in order of position, each event in a transaction of its own. An event that fails
/// again stays, with its new error, and later events of its aggregate stay behind it; other aggregates continue.
/// Returns how many were applied and how many remain (those of consumers without a handler here included).
pub(crate) async fn replay(
    pool: &PgPool,
    handlers: &[Arc<dyn Handler>],
    source: Option<&str>,
) -> Result<(i64, i64), sqlx::Error> {
    let mut conn = database::acquire(pool).await?;
    let mut applied = 0;
    for (consumer, source) in queues(&mut conn, source).await? {
        let Some(handler) = handlers.iter().find(|h| h.name() == consumer) else {
            tracing::warn!(consumer, "no handler of this name: its quarantine stays");
            continue;
        };
        applied += replay_queue(&mut conn, handler.as_ref(), &source).await?;
    }
    Ok((applied, remaining(&mut conn, source).await?))
}

async fn replay_queue(
    conn: &mut PgConnection,
    handler: &dyn Handler,
    source: &str,
) -> Result<i64, sqlx::Error> {
    let (mut applied, mut behind, mut stuck) = (0, 0, Vec::new());
    loop {
        let mut tx = conn.begin().await?;
        // Excludes the live consumer, which must not queue an event behind one that is being removed.
        let (checkpoint, _) = lock_checkpoint(&mut tx, handler.name(), source).await?;
        let Some(event) = next(&mut tx, handler.name(), source, behind, &stuck).await? else {
            if applied > 0 {
                handler.committed(source, checkpoint).await;
            }
            return Ok(applied);
        };
        behind = event.position;
        let span = trace::applying(handler.name(), &event, 1);
        match apply_one(&mut tx, handler, &event, &span).await {
            Ok(()) => {
                remove(&mut tx, handler.name(), &event).await?;
                applied += 1;
            }
            Err(ApplyError::Poison(error)) => {
                trace::failed([&span]);
                mark(&mut tx, handler.name(), &event, &error).await?;
                stuck.push(event.aggregate_id);
            }
            Err(ApplyError::Database(error)) => return Err(error),
        }
        tx.commit().await?;
    }
}
