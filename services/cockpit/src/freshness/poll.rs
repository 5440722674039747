//! Polls the sources and the projection, which makes up for lost notifications.

use std::{sync::Arc, time::Duration};

use database::within;
use eventlog::Source;
use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{SourceHeads, store};
use crate::changes::Changes;

/// Timeout of the database query.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the checkpoints and the heads of the sources are polled.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Worker: polls the positions of the sources and of the projection once a second. One query and one small call per source, for any
/// number of open streams.
pub async fn poll(
    changes: Arc<Changes>,
    heads: Arc<SourceHeads>,
    sources: Vec<(&'static str, Arc<dyn Source>)>,
    pool: PgPool,
    cancel: CancellationToken,
) {
    let mut ticks = interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = None;
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        let mut changed = false;
        let calls = sources
            .iter()
            .map(async |(name, source)| (*name, timeout(POLL_INTERVAL, source.head()).await));
        for (name, head) in futures::future::join_all(calls).await {
            // A source that does not answer keeps its old head; the consumer logs it.
            if let Ok(Ok(head)) = head {
                changed |= heads.record(name, head);
            }
        }
        let state = within(DATABASE_TIMEOUT, async {
            store::state(&mut *database::acquire(&pool).await?).await
        });
        match state.await {
            Ok(state) => {
                changed |= before != Some(state);
                before = Some(state);
            }
            Err(error) => tracing::warn!(%error, "the checkpoints cannot be looked at"),
        }
        if changed {
            changes.notify_subscribers();
        }
    }
}
