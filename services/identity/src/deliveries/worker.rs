//! The worker that sends what is due. Any number may run, in any number of processes.

use std::time::Duration;

use kit::{clock::Clock, crypto::Keys, db::Db};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    TIMEOUT, Transports, WakeUp, metrics,
    rules::{self, Next, Outcome},
    store::{self, Claimed},
};

/// Messages on their way at the same time.
const BATCH: i64 = 16;
/// What other replicas have queued, and what is due for another try, is noticed after this.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long a batch may take, with a transport that is slow and a database that is silent. Leases of what was not finished run out.
const BATCH_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause when the database is not there.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Sends messages.
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
    /// Runs until `stop`. What is on its way then is finished.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match database::within(BATCH_TIMEOUT, self.send_due()).await {
                // There may be more.
                Ok(sent) if sent > 0 => continue,
                Ok(_) => POLL_INTERVAL,
                Err(error) => {
                    tracing::warn!(error = %error, "messages cannot be sent at the moment");
                    RETRY_AFTER
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake_up.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends one batch of what is due; returns how many there were.
    pub async fn send_due(&self) -> Result<usize, sqlx::Error> {
        let claimed = {
            let mut conn = self.db.read().await?;
            store::claim(&mut conn, BATCH, self.clock.now()).await?
        };
        let count = claimed.len();
        let mut tries = JoinSet::new();
        for message in claimed {
            let sender = self.clone();
            tries.spawn(async move { sender.try_once(message).await });
        }
        let mut trouble = None;
        while let Some(done) = tries.join_next().await {
            match done {
                Ok(Ok(())) => {}
                Ok(Err(error)) => trouble = Some(error),
                // A transport that panics loses its lease like a process that dies, and is given up after as many tries.
                Err(panic) => tracing::error!(error = %panic, "a transport panicked"),
            }
        }
        trouble.map_or(Ok(count), Err)
    }

    async fn try_once(&self, message: Claimed) -> Result<(), sqlx::Error> {
        let outcome = self.hand_over(&message).await;
        let (jitter, now) = (kit::chance::share(0.0..1.0), self.clock.now());
        let next = rules::after(outcome, message.attempts, message.expires_at, jitter, now);
        metrics::tried(message.kind(), &next);
        if let Next::Dead(error) = &next {
            tracing::error!(delivery_id = %message.delivery_id, attempts = message.attempts, error, "a message was given up");
        }
        let mut conn = self.db.read().await?;
        if !store::finish(&mut conn, message.delivery_id, message.attempts, &next, now).await? {
            tracing::warn!(delivery_id = %message.delivery_id, "a try ended after its lease");
        }
        Ok(())
    }

    async fn hand_over(&self, message: &Claimed) -> Outcome {
        let now = self.clock.now();
        if message.attempts > rules::MOST_ATTEMPTS {
            return Outcome::Refused("the worker died at every try".to_owned());
        }
        if now >= message.expires_at {
            return Outcome::Refused("nobody needs it any more".to_owned());
        }
        let delivery = match message.read(&self.keys) {
            Ok(delivery) => delivery,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        match timeout(
            TIMEOUT,
            self.transports.of(delivery.kind).send(&delivery, now),
        )
        .await
        {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Failed("no answer in time".to_owned()),
        }
    }
}
