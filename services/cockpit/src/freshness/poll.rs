//! Looking after the sources and the projection, whoever is told of changes or not.

use std::{sync::Arc, time::Duration};

use database::within;
use eventlog::Source;
use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Heads, store};
use crate::changes::Changes;

/// How long the database may take to answer.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the checkpoints and the heads of the sources are looked at.
const POLL: Duration = Duration::from_secs(1);

/// Worker: looks once a second how far the sources and the projection are. One query and one small call a source, however
/// many screens are open.
pub async fn follow(
    changes: Arc<Changes>,
    heads: Arc<Heads>,
    sources: Vec<(&'static str, Arc<dyn Source>)>,
    pool: PgPool,
    cancel: CancellationToken,
) {
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before = None;
    while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
        let mut news = false;
        let asked = sources
            .iter()
            .map(async |(name, source)| (*name, timeout(POLL, source.head()).await));
        for (name, head) in futures::future::join_all(asked).await {
            // A source that does not answer keeps its old head; the consumer says so in its log.
            if let Ok(Ok(head)) = head {
                news |= heads.heard(name, head);
            }
        }
        let state = within(DATABASE_TIMEOUT, async {
            store::state(&mut *database::acquire(&pool).await?).await
        });
        match state.await {
            Ok(state) => {
                news |= before != Some(state);
                before = Some(state);
            }
            Err(error) => tracing::warn!(%error, "the checkpoints cannot be looked at"),
        }
        if news {
            changes.hear();
        }
    }
}
