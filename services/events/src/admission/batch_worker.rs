//! A batch worker decides waiting requests, of one activity or several, in one transaction.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kit::{db::Tx, errors::Problem};
use proto_events::reasons;
use uuid::Uuid;

use super::{
    applicant::Applicant,
    error::AdmissionError,
    files, metrics,
    queues::ActivityBatch,
    rules::{self, Decision},
    shared::{Answer, PendingRequest, Shared},
    store,
};
use crate::registrations::Registration;

/// How long a batch may take; no deadline of a caller ends it. The server ends each statement before.
const BATCH_TIMEOUT: Duration = Duration::from_secs(20);

/// Runs until no request waits. A task of its own, so that a caller who disconnects cancels no other caller's answer.
pub(super) struct BatchWorker {
    shared: Arc<Shared>,
    /// The activities whose requests are being decided.
    in_progress: Vec<Uuid>,
    running: bool,
}

/// The result for one activity of a batch.
enum Outcome {
    /// The answers, in the order of the requests.
    Answered(Vec<Answer>),
    /// Another transaction holds the lock on these seats.
    LockedElsewhere,
}

impl BatchWorker {
    /// Starts a worker if one is needed. To be called whenever a request was queued.
    pub(super) fn spawn_if_needed(shared: &Arc<Shared>) {
        let needed = shared.queues().needs_worker(&shared.limits);
        if needed {
            let worker = Self {
                shared: Arc::clone(shared),
                in_progress: Vec::new(),
                running: true,
            };
            tokio::spawn(worker.run());
        }
    }

    async fn run(mut self) {
        while self.has_work() {
            // The connection comes first: requests that arrive while the pool is busy still join the batch.
            let begun = self.shared.db.begin().await;
            let batch = self.take_batch();
            if batch.is_empty() {
                // Another worker was faster.
                continue;
            }
            Self::spawn_if_needed(&self.shared);
            let decided = match begun {
                Ok(tx) => database::within(BATCH_TIMEOUT, self.decide(tx, &batch)).await,
                Err(error) => Err(error),
            };
            match decided {
                Ok(outcomes) => self.answer(batch, outcomes),
                Err(error) => fail_batch(batch, error),
            }
            self.finish();
        }
    }

    fn has_work(&mut self) -> bool {
        self.running = self.shared.queues().has_work();
        self.running
    }

    fn take_batch(&mut self) -> Vec<ActivityBatch<PendingRequest>> {
        let batch = self.shared.queues().take_batch(&self.shared.limits);
        self.in_progress = batch.iter().map(|part| part.activity_id).collect();
        if !batch.is_empty() {
            metrics::batch(batch.iter().map(|part| part.requests.len()).sum());
        }
        batch
    }

    fn finish(&mut self) {
        let mut queues = self.shared.queues();
        for activity_id in self.in_progress.drain(..) {
            queues.finish(activity_id);
        }
    }

    async fn decide(
        &self,
        mut tx: Tx,
        batch: &[ActivityBatch<PendingRequest>],
    ) -> Result<Vec<Outcome>, sqlx::Error> {
        let requested: Vec<(Uuid, &Applicant)> = batch
            .iter()
            .flat_map(|part| {
                part.requests
                    .iter()
                    .map(|pending| (part.activity_id, &pending.applicant))
            })
            .collect();
        let mut seats = store::lock_free_seats(&mut tx, &self.in_progress).await?;
        let mut known = store::known(&mut tx, &requested).await?;
        let now = self.shared.clock.now();
        // Files are for one activity: who holds its seats alone claims them.
        let waiting = files::lock(&mut tx, &requested, &seats, now).await?;
        let mut decided = Vec::with_capacity(batch.len());
        let mut admitted = Vec::new();
        let mut registrations: HashMap<Uuid, Registration> = HashMap::new();
        for part in batch {
            let seats = seats.remove(&part.activity_id);
            let known = known.remove(&part.activity_id).unwrap_or_default();
            // A batch of several activities does not wait for locks: free seats that were not locked are locked elsewhere.
            if batch.len() > 1 && seats.is_none() && known.has_free_seats {
                decided.push(None);
                continue;
            }
            let availability = known
                .activity
                .as_ref()
                .map(|activity| activity.availability(seats.as_ref()));
            let requests = part.requests.iter();
            let requests = requests.map(|p| p.applicant.request_with(&waiting));
            let requests: Vec<rules::Request> = requests.collect();
            let decisions = rules::decide(availability.as_ref(), &known.earlier, &requests, now);
            if let (Some(activity), Some(seats)) = (known.activity, seats) {
                let applicants = part.requests.iter().zip(&decisions);
                let applicants = applicants
                    .filter(|(_, decision)| **decision == Decision::Admit)
                    .map(|(pending, _)| &pending.applicant);
                admitted.extend(store::admission(&activity, seats, applicants, now));
            }
            registrations.extend(
                known
                    .registrations
                    .into_iter()
                    .map(|r| (r.registration_id, r)),
            );
            decided.push(Some(decisions));
        }
        if !admitted.is_empty() {
            let inserted = store::admit(&mut tx, admitted, now).await?;
            files::claim(&mut tx, &requested, &inserted, now).await?;
            registrations.extend(inserted.into_iter().map(|r| (r.registration_id, r)));
        }
        // Also when nothing was written: a transaction that is only dropped holds the locks a little longer.
        tx.commit().await?;
        let outcomes = batch.iter().zip(decided).map(|(part, decisions)| {
            let Some(decisions) = decisions else {
                return Outcome::LockedElsewhere;
            };
            let pending = part.requests.iter().zip(decisions);
            Outcome::Answered(
                pending
                    .map(|(p, decision)| answer_of(decision, &p.applicant.request, &registrations))
                    .collect(),
            )
        });
        Ok(outcomes.collect())
    }

    fn answer(&self, batch: Vec<ActivityBatch<PendingRequest>>, outcomes: Vec<Outcome>) {
        for (part, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Answered(answers) => {
                    for (pending, answer) in part.requests.into_iter().zip(answers) {
                        // A caller who has disconnected gets the answer by sending the request again.
                        let _ = pending.answer.send(answer);
                    }
                }
                Outcome::LockedElsewhere => self.shared.queues().requeue(part),
            }
        }
    }
}

impl Drop for BatchWorker {
    /// A worker that ends while running (a bug, or the runtime is shutting down) fails the requests that wait for it; the next request
    /// starts a new worker.
    fn drop(&mut self) {
        if self.running {
            // Outside the lock: dropping the requests wakes their callers.
            let abandoned = self.shared.queues().abandon(&self.in_progress);
            drop(abandoned);
        }
    }
}

fn answer_of(
    decision: Decision,
    request: &rules::Request,
    registrations: &HashMap<Uuid, Registration>,
) -> Answer {
    let registration = |id: Uuid| {
        // Missing if the insert conflicted with a row that the rules had not been given.
        let conflict = AdmissionError::Undecided {
            reason: &reasons::CONFLICT,
        };
        registrations.get(&id).cloned().ok_or(conflict)
    };
    match decision {
        Decision::Admit => registration(request.registration_id),
        Decision::Replay(id) => registration(id),
        Decision::AlreadyRegistered(id) => Err(AdmissionError::AlreadyRegistered(id)),
        Decision::RequestIdReused => Err(AdmissionError::RequestIdReused),
        Decision::NotFound => Err(AdmissionError::NotFound),
        Decision::ActivityCancelled => Err(AdmissionError::ActivityCancelled),
        Decision::Closed(at) => Err(AdmissionError::Closed(at)),
        Decision::Full => Err(AdmissionError::Full),
        Decision::FormChanged => Err(AdmissionError::FormChanged),
        Decision::FileGone => Err(AdmissionError::FileGone),
    }
}

/// Answers a batch that failed. Either nothing of it happened, or (the commit succeeded and its confirmation was lost) all of it: in both
/// cases the same request sent again gets the right answer.
fn fail_batch(batch: Vec<ActivityBatch<PendingRequest>>, error: sqlx::Error) {
    let problem = Problem::from(error);
    let requests = batch.into_iter().flat_map(|part| part.requests);
    let requests: Vec<PendingRequest> = requests.collect();
    tracing::error!(requests = requests.len(), cause = %problem, "a batch of registrations failed");
    let reason = problem.reason();
    for pending in requests {
        let _ = pending
            .answer
            .send(Err(AdmissionError::Undecided { reason }));
    }
}
