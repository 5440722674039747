//! Exponential backoff.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Doubles the delay with each failure, and resets it after a while without one.
pub(crate) struct Backoff {
    next: Duration,
    last_failure: Instant,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self {
            next: FIRST,
            last_failure: Instant::now(),
        }
    }

    /// Call after a failure. Returns at once when `cancel` is cancelled.
    pub(crate) async fn pause(&mut self, cancel: &CancellationToken) {
        if self.last_failure.elapsed() > 2 * LONGEST {
            self.next = FIRST;
        }
        let _ = cancel.run_until_cancelled(sleep(self.next)).await;
        self.next = (self.next * 2).min(LONGEST);
        self.last_failure = Instant::now();
    }
}
