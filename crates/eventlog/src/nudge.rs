//! Wakes the relay after a commit.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the relay. Call [`wake`](Self::wake) after a commit that appended events: it never blocks, never fails, and
/// many calls cost no more than one. If the relay of this process stands by, the wake-up is forwarded to the active one
/// in another replica (`NOTIFY`, coalesced, never inside the business transaction). Without it, the relay finds events
/// by polling.
#[derive(Clone, Debug, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// A nudge for [`Relay::new`](crate::Relay::new) and for code that appends events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes the relay.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}
