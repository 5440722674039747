//! Settings of relays and consumers.

use std::time::Duration;

/// Settings of a relay. The defaults suit a service in production; bigger batches bring little.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Replicas of the JetStream stream: 1 on a single server, 3 in a cluster.
    pub replicas: usize,
    /// JetStream drops events older than this. The log in PostgreSQL does not.
    pub max_age: Duration,
    /// JetStream drops the oldest events when the stream exceeds this many bytes.
    pub max_bytes: i64,
    /// After this long without an event it is checked that the stream is there; if not, it is created.
    pub stream_check: Duration,
    /// Events moved in one transaction and published as one batch.
    pub batch: i64,
    /// Polling interval of the outbox without a nudge.
    pub poll: Duration,
    /// Interval at which a standby relay tries to become active.
    pub standby: Duration,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            replicas: 1,
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_bytes: 256 << 20,
            stream_check: Duration::from_secs(5),
            batch: 500,
            poll: Duration::from_millis(500),
            standby: Duration::from_secs(1),
        }
    }
}

/// Settings of a consumer. The defaults suit a service in production.
#[derive(Clone, Debug)]
pub struct ConsumerSettings {
    /// Maximum number of events applied in one transaction.
    pub batch: i32,
    /// Interval of comparing with the head of the source, and of reading from it while NATS is unavailable.
    pub poll: Duration,
    /// Interval at which a standby consumer tries to become active.
    pub standby: Duration,
}

impl Default for ConsumerSettings {
    fn default() -> Self {
        Self {
            batch: 500,
            poll: Duration::from_millis(500),
            standby: Duration::from_secs(1),
        }
    }
}
