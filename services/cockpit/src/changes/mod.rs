//! News: the numbers have changed, here or in another replica. From a commit to every open screen within a second.
//!
//! ```text
//! Projection ── committed ── Changes ──┬── Screens ── one task a scope ── watch ── a stream a screen
//!                              │ NOTIFY │ LISTEN, and a look at the checkpoints every second
//!                              └────────┴── Changes of the other replicas
//! ```
//!
//! Only one replica consumes events; the others learn of it by NOTIFY, which is sent after the commit on a connection of its own.
//! A NOTIFY that is lost is made good by the look at the checkpoints ([`follow`](fn@crate::freshness::follow)).

mod store;

use std::{sync::Arc, time::Duration};

use database::within;
use sqlx::PgPool;
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

/// The channel on which replicas tell one another.
const CHANNEL: &str = "cockpit_changed";

/// NOTIFY is sent at most so often.
const NOTIFY_GAP: Duration = Duration::from_millis(50);

/// How long the database may take to pass the news on.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

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
            replica: kit::chance::id(kit::clock::Clock::system().now()).to_string(),
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
