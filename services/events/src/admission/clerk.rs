//! A clerk takes those who wait, at one desk or at many, and decides about all of them in one transaction.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kit::{db::Tx, errors::Problem};
use proto::reasons;
use uuid::Uuid;

use super::{
    applicant::Applicant,
    desks::Share,
    error::AdmissionError,
    metrics,
    queue::{Answer, Inner, Waiting},
    rules::{self, Decision},
    store,
};
use crate::registrations::Registration;

/// How long a batch may take; no deadline of a caller ends it. The server ends each statement before.
const BATCH_TIMEOUT: Duration = Duration::from_secs(20);

/// Works until nobody waits anywhere. A task of its own: whoever hangs up takes nobody else's answer away.
pub(super) struct Clerk {
    inner: Arc<Inner>,
    /// The desks whose people are being decided.
    in_hand: Vec<Uuid>,
    on_duty: bool,
}

/// What comes of the share of one desk.
enum Outcome {
    /// The answers, in the order of those who asked.
    Answered(Vec<Answer>),
    /// Somebody else is at work on these seats.
    LockedElsewhere,
}

impl Clerk {
    /// As many as are needed. To be called whenever somebody has come.
    pub(super) fn call(inner: &Arc<Inner>) {
        let needed = inner.desks().clerk_needed(&inner.limits);
        if needed {
            let clerk = Self {
                inner: Arc::clone(inner),
                in_hand: Vec::new(),
                on_duty: true,
            };
            tokio::spawn(clerk.work());
        }
    }

    async fn work(mut self) {
        while self.stays() {
            // First the connection, then the people: whoever comes while the pool is busy is still among them.
            let begun = self.inner.db.begin().await;
            let batch = self.take();
            if batch.is_empty() {
                // Another clerk was faster.
                continue;
            }
            Self::call(&self.inner);
            let decided = match begun {
                Ok(tx) => database::within(BATCH_TIMEOUT, self.decide(tx, &batch)).await,
                Err(error) => Err(error),
            };
            match decided {
                Ok(outcomes) => self.answer(batch, outcomes),
                Err(error) => refuse(batch, error),
            }
            self.finish();
        }
    }

    fn stays(&mut self) -> bool {
        self.on_duty = self.inner.desks().stays();
        self.on_duty
    }

    fn take(&mut self) -> Vec<Share<Waiting>> {
        let batch = self.inner.desks().take(&self.inner.limits);
        self.in_hand = batch.iter().map(|share| share.activity_id).collect();
        if !batch.is_empty() {
            metrics::batch(batch.iter().map(|share| share.waiting.len()).sum());
        }
        batch
    }

    fn finish(&mut self) {
        let mut desks = self.inner.desks();
        for activity_id in self.in_hand.drain(..) {
            desks.finish(activity_id);
        }
    }

    async fn decide(
        &self,
        mut tx: Tx,
        batch: &[Share<Waiting>],
    ) -> Result<Vec<Outcome>, sqlx::Error> {
        let asked: Vec<(Uuid, &Applicant)> = batch
            .iter()
            .flat_map(|share| {
                share
                    .waiting
                    .iter()
                    .map(|w| (share.activity_id, &w.applicant))
            })
            .collect();
        let mut seats = store::lock_free_seats(&mut tx, &self.in_hand).await?;
        let mut known = store::known(&mut tx, &asked).await?;
        let now = self.inner.clock.now();
        let mut decided = Vec::with_capacity(batch.len());
        let mut admitted = Vec::new();
        let mut shown: HashMap<Uuid, Registration> = HashMap::new();
        for share in batch {
            let seats = seats.remove(&share.activity_id);
            let known = known.remove(&share.activity_id).unwrap_or_default();
            // With several desks in hand, locks are not waited for. Seats that are free and were not got are somebody else's.
            if batch.len() > 1 && seats.is_none() && known.has_free_seats {
                decided.push(None);
                continue;
            }
            let door = known.activity.as_ref().map(|a| a.door(seats.as_ref()));
            let requests = share.waiting.iter().map(|w| w.applicant.request.clone());
            let requests: Vec<rules::Request> = requests.collect();
            let decisions = rules::decide(door.as_ref(), &known.earlier, &requests, now);
            if let (Some(subject), Some(seats)) = (known.activity, seats) {
                let people = share.waiting.iter().zip(&decisions);
                let people = people
                    .filter(|(_, decision)| **decision == Decision::Admit)
                    .map(|(waiting, _)| &waiting.applicant);
                admitted.extend(store::admission(&subject, seats, people, now));
            }
            shown.extend(known.shown.into_iter().map(|r| (r.registration_id, r)));
            decided.push(Some(decisions));
        }
        if !admitted.is_empty() {
            let made = store::admit(&mut tx, admitted, now).await?;
            shown.extend(made.into_iter().map(|r| (r.registration_id, r)));
        }
        // Also when nothing was written: a transaction that is only dropped would hold the locks a little longer.
        tx.commit().await?;
        let outcomes = batch.iter().zip(decided).map(|(share, decisions)| {
            let Some(decisions) = decisions else {
                return Outcome::LockedElsewhere;
            };
            let people = share.waiting.iter().zip(decisions);
            Outcome::Answered(
                people
                    .map(|(w, decision)| say(decision, &w.applicant.request, &shown))
                    .collect(),
            )
        });
        Ok(outcomes.collect())
    }

    fn answer(&self, batch: Vec<Share<Waiting>>, outcomes: Vec<Outcome>) {
        for (share, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Answered(answers) => {
                    for (waiting, answer) in share.waiting.into_iter().zip(answers) {
                        // Whoever hung up finds the answer when the request comes again.
                        let _ = waiting.answer.send(answer);
                    }
                }
                Outcome::LockedElsewhere => self.inner.desks().put_back(share),
            }
        }
    }
}

impl Drop for Clerk {
    /// Off duty unless the clerk broke down in the middle of work (a bug, or the runtime is shutting down): then those who wait at
    /// its desks hear of it, and the next who comes finds a new clerk.
    fn drop(&mut self) {
        if self.on_duty {
            // Those who waited are told outside the lock, by losing the other end of their answers.
            let left = self.inner.desks().break_down(&self.in_hand);
            drop(left);
        }
    }
}

fn say(
    decision: Decision,
    request: &rules::Request,
    shown: &HashMap<Uuid, Registration>,
) -> Answer {
    let registration = |id: Uuid| {
        // Not there: the row met another one that the rules knew nothing of.
        let conflict = AdmissionError::Undecided {
            reason: &reasons::CONFLICT,
        };
        shown.get(&id).cloned().ok_or(conflict)
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
    }
}

/// The batch failed. Either nothing of it happened, or (the commit went through and its confirmation was lost) all of it: in
/// both cases the same request sent again gets the right answer.
fn refuse(batch: Vec<Share<Waiting>>, error: sqlx::Error) {
    let problem = Problem::from(error);
    let waiting = batch.into_iter().flat_map(|share| share.waiting);
    let waiting: Vec<Waiting> = waiting.collect();
    tracing::error!(requests = waiting.len(), cause = %problem, "a batch of registrations failed");
    let reason = problem.reason();
    for waiting in waiting {
        let _ = waiting
            .answer
            .send(Err(AdmissionError::Undecided { reason }));
    }
}
