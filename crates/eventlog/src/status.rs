//! Status of relays and consumers.

use std::time::Duration;

use crate::lease::Role;

/// Status of a relay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelayStatus {
    /// Active in one replica, standby in the others.
    pub role: Role,
    /// The last position assigned; only in the active relay.
    pub head: i64,
    /// The last position that NATS has acknowledged; only in the active relay.
    pub published: i64,
    /// Events in the outbox, counted up to 100,000, as of a few seconds ago.
    pub outbox_depth: i64,
    /// Wait of the oldest event in the outbox, as of a few seconds ago.
    pub outbox_age: Duration,
}

/// Status of a consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerStatus {
    /// Active in one replica, standby in the others.
    pub role: Role,
    /// The last position applied; only in the active consumer.
    pub checkpoint: i64,
    /// The highest known position of the source.
    pub head: i64,
    /// Events in its quarantine, as of a moment ago.
    pub quarantined: i64,
    /// Whether NATS delivers. If not, events are read from the source.
    pub live: bool,
    /// Whether the last call to the source succeeded.
    pub source_answers: bool,
    /// The log of the source is not the one that was applied: it is shorter than the checkpoint, or has another event
    /// there (a restored backup, a failover that lost commits). Nothing is applied until the consumer is
    /// [`reset`](crate::reset), or the source has its old log again.
    pub diverged: bool,
}

impl ConsumerStatus {
    /// Number of events behind the head.
    pub fn lag(&self) -> i64 {
        self.head - self.checkpoint
    }
}
