//! That something has changed, here or in another replica.

use std::{sync::Arc, time::Duration};

use database::within;
use eventlog::Source;
use sqlx::PgPool;
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::store;
use crate::freshness::Heads;

/// The channel on which replicas tell one another.
const CHANNEL: &str = "cockpit_changed";

/// NOTIFY is sent at most so often.
const NOTIFY_GAP: Duration = Duration::from_millis(50);

/// How long the database may take to answer these loops.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the checkpoints and the heads of the sources are looked at.
const POLL: Duration = Duration::from_secs(1);

/// Says that the numbers have changed. Many changes at once are one.
#[derive(Debug)]
pub struct Changes {
    tick: watch::Sender<u64>,
    untold: Notify,
    /// Tells our own notifications from those of others.
    replica: String,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            tick: watch::Sender::default(),
            untold: Notify::new(),
            replica: Uuid::now_v7().to_string(),
        }
    }
}

impl Changes {
    /// We have changed something: our own screens know at once, the other replicas a moment later. Never waits.
    pub fn announce(&self) {
        self.hear();
        self.untold.notify_one();
    }

    /// Something has changed, wherever.
    pub fn hear(&self) {
        self.tick.send_modify(|tick| *tick = tick.wrapping_add(1));
    }

    /// A receiver that wakes whenever something has changed.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.tick.subscribe()
    }
}

/// Worker: exchanges news with the other replicas over two connections of its own, outside the service's pool.
pub async fn pass_on(changes: Arc<Changes>, pool: PgPool, cancel: CancellationToken) {
    let both = async { tokio::join!(tell(&changes, &pool), listen(&changes, &pool)) };
    cancel.run_until_cancelled(both).await;
}

async fn tell(changes: &Changes, pool: &PgPool) {
    let own = database::pool_options(1).connect_lazy_with((*pool.connect_options()).clone());
    loop {
        changes.untold.notified().await;
        let sent = within(DATABASE_TIMEOUT, async {
            let mut conn = database::acquire(&own).await?;
            store::notify(&mut conn, CHANNEL, &changes.replica).await
        });
        if let Err(error) = sent.await {
            let error: sqlx::Error = error;
            // The others will see it at their next look at the checkpoints.
            tracing::warn!(%error, "the other replicas were not told of a change");
        }
        sleep(NOTIFY_GAP).await;
    }
}

async fn listen(changes: &Changes, pool: &PgPool) {
    let heard = |payload: Option<&str>| {
        // Nothing: the connection is new, and whatever was said before was not heard.
        if payload != Some(changes.replica.as_str()) {
            changes.hear();
        }
    };
    database::listen(pool, CHANNEL, heard).await;
}

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
