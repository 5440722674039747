//! "Something was committed."

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the relay. Call [`wake`](Self::wake) after a commit that appended events: it never waits, never fails, and
/// many calls cost no more than one. Where the relay of this process stands by, it passes the word on to the active
/// one in another replica (`NOTIFY`, coalesced, never inside the business transaction). Without a nudge, the relay
/// finds events by polling.
#[derive(Clone, Debug, Default)]
pub struct Nudge(Arc<Notify>);

impl Nudge {
    /// A nudge to hand to [`Relay::new`](crate::Relay::new) and to whatever appends events.
    pub fn new() -> Self {
        Self::default()
    }

    /// There is something to relay.
    pub fn wake(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}
