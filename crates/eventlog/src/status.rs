//! What relays and consumers know about themselves.

use std::time::Duration;

use crate::lease::Role;

/// What a relay knows about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelayStatus {
    /// Active in one replica, standing by in the others.
    pub role: Role,
    /// The last position assigned; known to the active relay.
    pub head: i64,
    /// The last position that NATS has acknowledged; known to the active relay.
    pub published: i64,
    /// Events in the outbox, counted up to 100,000, a few seconds ago.
    pub outbox_depth: i64,
    /// How long the oldest event in the outbox has waited, a few seconds ago.
    pub outbox_age: Duration,
}

/// What a consumer knows about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerStatus {
    /// Active in one replica, standing by in the others.
    pub role: Role,
    /// The last position applied; known to the active consumer.
    pub checkpoint: i64,
    /// The highest position of the source that this consumer has heard of.
    pub head: i64,
    /// Events in its quarantine, a moment ago.
    pub quarantined: i64,
    /// Whether NATS delivers. If not, events are read from the source.
    pub live: bool,
    /// Whether the source answered when it was last asked.
    pub source_answers: bool,
    /// The log of the source is not the one that was applied: it is shorter than the checkpoint, or has another event
    /// there (a restored backup, a failover that lost commits). Nothing is applied until the consumer is
    /// [`reset`](crate::reset), or the source has its old log again.
    pub diverged: bool,
}

impl ConsumerStatus {
    /// How many events it is behind.
    pub fn lag(&self) -> i64 {
        self.head - self.checkpoint
    }
}
