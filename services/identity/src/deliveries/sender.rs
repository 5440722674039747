//! The worker that sends what is due. Any number may run, in any number of processes.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Handler, Metrics, Names, Outcome, Policy, Run, WakeUp, Worker};
use kit::{clock::Clock, crypto::Keys, db::Db};
use time::Duration;

use super::{Kind, Transport, Transports, queue};

/// Messages on their way at the same time.
const PLACES: usize = 16;

/// How messages are tried. A transport that takes longer than the time-out has failed.
pub const POLICY: Policy = Policy {
    most_attempts: 8,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::minutes(10),
    timeout: Duration::seconds(20),
};

const METRICS: Names = Names {
    meter: "cast.identity",
    prefix: "cast.identity.deliveries",
    done: "sent",
};

/// What sends messages.
#[derive(Clone)]
pub struct Sender {
    /// Where the messages are.
    pub db: Db,
    /// To read them.
    pub keys: Keys,
    /// The present.
    pub clock: Clock,
    /// By which messages are sent.
    pub transports: Transports,
    /// Notified when there is something new.
    pub wake_up: WakeUp,
}

impl Sender {
    /// The worker for both kinds.
    pub fn worker(&self) -> Worker {
        let kind = |kind: Kind| jobs::Kind {
            name: kind.as_str(),
            policy: POLICY,
            handler: Arc::new(Way {
                keys: self.keys.clone(),
                transport: self.transports.of(kind),
            }),
        };
        Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: Kind::ALL.map(kind).into(),
            places: PLACES,
            wake_up: self.wake_up.clone(),
            metrics: Metrics::new(METRICS, Kind::ALL.map(Kind::as_str)),
        }
    }
}

struct Way {
    keys: Keys,
    transport: Arc<dyn Transport>,
}

#[async_trait]
impl Handler for Way {
    async fn run(&self, run: &Run) -> Outcome {
        match queue::read(run.job(), &self.keys) {
            Ok(delivery) => self.transport.send(&delivery, run.now()).await,
            Err(error) => Outcome::Refused(error.to_string()),
        }
    }
}
