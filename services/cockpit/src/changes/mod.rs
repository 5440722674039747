//! Change notifications between projection, live streams and replicas. A commit reaches every open stream within a second.
//!
//! ```text
//! Projection ── committed ── Changes ──┬── Streams ── one task per scope ── watch ── one stream per client
//!                              │ NOTIFY │ LISTEN, and the checkpoints are polled every second
//!                              └────────┴── Changes of the other replicas
//! ```
//!
//! Only one replica consumes events; the others are notified by NOTIFY, which is sent after the commit on a connection of its own.
//! Polling the checkpoints ([`poll`](fn@crate::freshness::poll)) makes up for a lost NOTIFY.

mod store;

use std::{sync::Arc, time::Duration};

use database::within;
use sqlx::PgPool;
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

/// The channel on which replicas notify one another.
const CHANNEL: &str = "cockpit_changed";

/// Minimum time between two NOTIFY.
const MIN_NOTIFY_INTERVAL: Duration = Duration::from_millis(50);

/// Timeout of a NOTIFY.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Publishes that the numbers have changed. Changes in quick succession are combined.
#[derive(Debug)]
pub struct Changes {
    tick: watch::Sender<u64>,
    /// Changes of this replica that the others are to be notified of.
    pending: Notify,
    /// Distinguishes this replica's own notifications from those of others.
    replica: String,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            tick: watch::Sender::default(),
            pending: Notify::new(),
            replica: kit::chance::id(kit::clock::Clock::system().now()).to_string(),
        }
    }
}

impl Changes {
    /// Publishes a change made by this replica: to its own subscribers at once, to the other replicas a moment later. Never waits.
    pub fn publish(&self) {
        self.notify_subscribers();
        self.pending.notify_one();
    }

    /// Notifies the subscribers in this replica of a change made by any replica.
    pub fn notify_subscribers(&self) {
        self.tick.send_modify(|tick| *tick = tick.wrapping_add(1));
    }

    /// A receiver that wakes whenever something has changed.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.tick.subscribe()
    }
}

/// Worker: exchanges change notifications with the other replicas over two connections of its own, outside the service's pool.
pub async fn exchange_changes(changes: Arc<Changes>, pool: PgPool, cancel: CancellationToken) {
    let both = async { tokio::join!(notify_replicas(&changes, &pool), listen(&changes, &pool)) };
    cancel.run_until_cancelled(both).await;
}

async fn notify_replicas(changes: &Changes, pool: &PgPool) {
    let own = database::pool_options(1).connect_lazy_with((*pool.connect_options()).clone());
    loop {
        changes.pending.notified().await;
        let sent = within(DATABASE_TIMEOUT, async {
            let mut conn = database::acquire(&own).await?;
            store::notify(&mut conn, CHANNEL, &changes.replica).await
        });
        if let Err(error) = sent.await {
            let error: sqlx::Error = error;
            // The other replicas see the change when they next poll the checkpoints.
            tracing::warn!(%error, "the other replicas were not notified of a change");
        }
        sleep(MIN_NOTIFY_INTERVAL).await;
    }
}

async fn listen(changes: &Changes, pool: &PgPool) {
    let received = |payload: Option<&str>| {
        // No payload: the connection is new, and earlier notifications may have been missed.
        if payload != Some(changes.replica.as_str()) {
            changes.notify_subscribers();
        }
    };
    database::listen(pool, CHANNEL, received).await;
}
