//! The job that tells the recipients of a letter.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Handler, Kind, Metrics, Names, Outcome, Policy, Run};
use kit::Worker;
use time::Duration;
use uuid::Uuid;

use crate::{letters::Letters, state::State, store};

/// The kind of job; the payload is the id of the letter.
pub(crate) const KIND: &str = "letter";

/// How many are told in one transaction.
pub(crate) const CHUNK: usize = 500;

/// Letters that are sent at the same time, by a replica.
const PLACES: usize = 1;

const POLICY: Policy = Policy {
    most_attempts: 12,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::minutes(10),
    timeout: Duration::seconds(30),
};

/// Finished jobs are kept as long for operators; the letters stay.
const RETENTION: Duration = Duration::days(30);

/// How often finished jobs are removed.
const SWEEP_PERIOD: std::time::Duration = std::time::Duration::from_secs(600);

impl Letters {
    /// Tells recipients. `meter` is that of the service, e.g. `cast.membership`.
    pub fn worker(&self, meter: &'static str) -> jobs::Worker {
        let names = Names {
            meter,
            prefix: "cast.letters",
            done: "sent",
        };
        let kind = Kind {
            name: KIND,
            policy: POLICY,
            handler: Arc::new(self.clone()),
        };
        jobs::Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: Arc::new([kind]),
            places: PLACES,
            wake_up: self.wake_up.clone(),
            metrics: Metrics::new(names, [KIND]),
        }
    }

    /// The loops of a running service: sending, counting for the metrics, removing finished jobs.
    pub fn workers(&self, meter: &'static str) -> Vec<Worker> {
        let worker = self.worker(meter);
        worker.metrics.register();
        let (counting, sweeping) = (worker.clone(), self.clone());
        vec![
            Worker::new("letters", move |stop| {
                let worker = worker.clone();
                async move {
                    worker.run(stop).await;
                    Ok(())
                }
            }),
            Worker::every("letters.count", jobs::PERIOD, move || {
                let worker = counting.clone();
                async move { Ok(worker.metrics.refresh(&worker.pool, &worker.clock).await?) }
            }),
            Worker::every("letters.sweep", SWEEP_PERIOD, move || {
                let letters = sweeping.clone();
                async move {
                    let before = letters.clock.now() - RETENTION;
                    jobs::sweep(&mut *letters.db.read().await?, &[KIND], before).await?;
                    Ok(())
                }
            }),
        ]
    }

    /// Tells the next ones. Returns how many of how many have been told or left out, or `None` if there is nothing left to do.
    async fn step(&self, letter_id: Uuid) -> Result<Option<(i64, i64)>, sqlx::Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(letter) = store::lock(&mut tx, letter_id).await? else {
            return Ok(None);
        };
        if letter.state != State::Sending {
            return Ok(None);
        }
        let (owner, after) = (letter.owner(), letter.told_key.as_deref());
        let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        let next = self
            .source
            .next(&mut tx, owner, &letter.groups, after, limit)
            .await?;
        let Some((last, _)) = next.last() else {
            store::finish(&mut tx, letter_id, State::Sent, now).await?;
            tx.commit().await?;
            return Ok(None);
        };
        let people: Vec<Uuid> = next.iter().map(|(_, person_id)| *person_id).collect();
        let refusing = store::refusing(&mut tx, letter.organisation_id, &people).await?;
        let told: Vec<Uuid> = people
            .into_iter()
            .filter(|person_id| !refusing.contains(person_id))
            .collect();
        if !told.is_empty() {
            let notice = self.source.notice(&told, letter_id, &letter.sender);
            tx.notify(&[notice], now).await?;
        }
        let (told, left_out) = (count(&told), count(&refusing));
        store::told(&mut tx, letter_id, last, told, left_out).await?;
        tx.commit().await?;
        let done = letter.told + letter.left_out + told + left_out;
        Ok(Some((done, letter.recipients)))
    }
}

fn count(people: &[Uuid]) -> i64 {
    i64::try_from(people.len()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Handler for Letters {
    async fn run(&self, run: &Run) -> Outcome {
        let payload = run.job().payload.as_deref().unwrap_or_default();
        let Ok(letter_id) = Uuid::from_slice(payload) else {
            return Outcome::Refused("its payload is no id".to_owned());
        };
        loop {
            let told = match self.step(letter_id).await {
                Ok(Some((told, all))) => run.progress(told, Some(all.max(told))).await,
                Ok(None) => return Outcome::Done,
                Err(error) => Err(error),
            };
            if told.is_err() {
                // The words of the database may quote data.
                return Outcome::Failed("the database did not answer".to_owned());
            }
        }
    }
}
