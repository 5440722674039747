use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes the worker of this process when there is something to do. Workers of other replicas find it by polling. Cheap
/// to clone.
#[derive(Clone, Debug, Default)]
pub struct WakeUp(Arc<Notify>);

impl WakeUp {
    /// There is something to do: call it after the commit.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn notified(&self) {
        self.0.notified().await;
    }
}
