//! How relays and consumers work.

use std::time::Duration;

/// How a relay works. The defaults suit a service in production; bigger batches bring little.
#[derive(Clone, Debug)]
pub struct RelaySettings {
    /// Replicas of the JetStream stream: 1 on a single server, 3 in a cluster.
    pub replicas: usize,
    /// JetStream forgets events older than this. The log in PostgreSQL does not.
    pub max_age: Duration,
    /// JetStream forgets the oldest events when the stream is bigger than this many bytes.
    pub max_bytes: i64,
    /// Events moved in one transaction and published in one go.
    pub batch: i64,
    /// How often to look into the outbox without having been nudged.
    pub poll: Duration,
    /// How often a relay that stands by tries to become the active one.
    pub standby: Duration,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            replicas: 1,
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_bytes: 256 << 20,
            batch: 500,
            poll: Duration::from_millis(500),
            standby: Duration::from_secs(1),
        }
    }
}

/// How a consumer works. The defaults suit a service in production.
#[derive(Clone, Debug)]
pub struct ConsumerSettings {
    /// Events applied in one transaction at most.
    pub batch: i32,
    /// How often to compare with the head of the source, and to read from it while NATS is away.
    pub poll: Duration,
    /// How often a consumer that stands by tries to become the active one.
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
