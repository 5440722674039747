//! The desks: one for each activity that somebody is waiting at, within this process.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kit::{
    clock::Clock,
    db::{Db, Tx},
    errors::Problem,
};
use proto::reasons;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    AdmissionError, Applicant, metrics,
    rules::{self, Decision},
    store,
};
use crate::registrations::Registration;

/// How many may wait, and how many are decided at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests decided in one transaction. More make the transaction longer for all of them and gain little.
    pub batch: usize,
    /// Requests that wait at one desk.
    pub at_one_desk: usize,
    /// Requests that wait in this process.
    pub in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A waiting request is about a kilobyte, a full desk less than a second of work.
        Self {
            batch: 256,
            at_one_desk: 5_000,
            in_all: 20_000,
        }
    }
}

type Answer = Result<Registration, AdmissionError>;

/// Takes requests for seats. One for each process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    clock: Clock,
    limits: Limits,
    desks: Mutex<Desks>,
}

/// There is a desk for an activity exactly as long as its clerk works.
#[derive(Debug, Default)]
struct Desks {
    by_activity: HashMap<Uuid, VecDeque<Waiting>>,
    waiting: usize,
}

#[derive(Debug)]
struct Waiting {
    applicant: Applicant,
    answer: oneshot::Sender<Answer>,
}

impl Admission {
    /// Seats are in `db`; `clock` says when registration closes.
    pub fn new(db: Db, clock: Clock, limits: Limits) -> Self {
        let inner = Arc::new(Inner {
            db,
            clock,
            limits,
            desks: Mutex::default(),
        });
        let seen = Arc::downgrade(&inner);
        metrics::watch(limits.in_all, move || {
            let inner = seen.upgrade()?;
            let desks = inner.desks();
            Some((desks.waiting, desks.by_activity.len()))
        });
        Self(inner)
    }

    /// Asks for a seat and waits for the answer: the registration, new or the one that the same request made before.
    /// Giving up waiting does not withdraw the request.
    pub async fn admit(&self, activity_id: Uuid, applicant: Applicant) -> Answer {
        let answered = self.enqueue(activity_id, applicant)?;
        // The answer is lost only if the clerk broke down.
        answered.await.unwrap_or(Err(AdmissionError::Undecided {
            reason: &reasons::UNAVAILABLE,
        }))
    }

    fn enqueue(
        &self,
        activity_id: Uuid,
        applicant: Applicant,
    ) -> Result<oneshot::Receiver<Answer>, AdmissionError> {
        let limits = self.0.limits;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { applicant, answer };
        let mut desks = self.0.desks();
        if desks.waiting >= limits.in_all {
            metrics::refused();
            return Err(AdmissionError::Busy);
        }
        match desks.by_activity.entry(activity_id) {
            Entry::Occupied(desk) if desk.get().len() >= limits.at_one_desk => {
                metrics::refused();
                return Err(AdmissionError::Busy);
            }
            Entry::Occupied(mut desk) => desk.get_mut().push_back(waiting),
            Entry::Vacant(place) => {
                place.insert(VecDeque::from([waiting]));
                // A task of its own: whoever hangs up takes nobody else's answer away.
                let clerk = Clerk {
                    inner: self.0.clone(),
                    activity_id,
                    desk_is_open: true,
                };
                tokio::spawn(clerk.work());
            }
        }
        desks.waiting += 1;
        Ok(answered)
    }
}

impl Inner {
    fn desks(&self) -> MutexGuard<'_, Desks> {
        // Nothing that can panic happens under this lock.
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works at one desk until nobody waits there.
struct Clerk {
    inner: Arc<Inner>,
    activity_id: Uuid,
    desk_is_open: bool,
}

impl Clerk {
    async fn work(mut self) {
        while self.somebody_waits() {
            // First the connection, then the batch: whoever comes while the pool is busy is still in it.
            let begun = self.inner.db.begin().await;
            let (applicants, answers) = self.next_batch();
            let decided = match begun {
                Ok(tx) => self.decide(tx, &applicants).await,
                Err(error) => Err(error),
            };
            match decided {
                Ok(decided) => answer(answers, decided),
                Err(error) => refuse(answers, error),
            }
        }
    }

    /// Closes the desk if nobody waits at it, so that the next who comes opens it again.
    fn somebody_waits(&mut self) -> bool {
        let mut desks = self.inner.desks();
        let empty = desks
            .by_activity
            .get(&self.activity_id)
            .is_none_or(VecDeque::is_empty);
        if empty {
            desks.by_activity.remove(&self.activity_id);
            self.desk_is_open = false;
        }
        !empty
    }

    fn next_batch(&self) -> (Vec<Applicant>, Vec<oneshot::Sender<Answer>>) {
        let mut desks = self.inner.desks();
        let Some(desk) = desks.by_activity.get_mut(&self.activity_id) else {
            return (Vec::new(), Vec::new());
        };
        let size = desk.len().min(self.inner.limits.batch);
        let batch = desk
            .drain(..size)
            .map(|waiting| (waiting.applicant, waiting.answer))
            .unzip();
        desks.waiting -= size;
        metrics::batch(size);
        batch
    }

    async fn decide(
        &self,
        mut tx: Tx,
        applicants: &[Applicant],
    ) -> Result<Vec<Answer>, sqlx::Error> {
        let seats = store::lock_free_seats(&mut tx, self.activity_id).await?;
        let known = store::known(&mut tx, self.activity_id, applicants).await?;
        let now = self.inner.clock.now();
        let door = known
            .activity
            .as_ref()
            .map(|subject| subject.door(seats.as_ref()));
        let requests: Vec<rules::Request> = applicants.iter().map(|a| a.request.clone()).collect();
        let (earlier, mut shown): (Vec<_>, Vec<_>) = known.earlier.into_iter().unzip();
        let decisions = rules::decide(door.as_ref(), &earlier, &requests, now);
        let admitted: Vec<&Applicant> = applicants
            .iter()
            .zip(&decisions)
            .filter(|(_, decision)| **decision == Decision::Admit)
            .map(|(applicant, _)| applicant)
            .collect();
        if let (Some(subject), Some(seats)) = (&known.activity, &seats)
            && !admitted.is_empty()
        {
            shown.extend(store::admit(&mut tx, subject, seats, &admitted, now).await?);
        }
        // Also when nothing was written: a transaction that is only dropped would hold the lock a little longer.
        tx.commit().await?;
        let by_id: HashMap<Uuid, Registration> =
            shown.into_iter().map(|r| (r.registration_id, r)).collect();
        let answers = decisions
            .iter()
            .zip(&requests)
            .map(|(decision, request)| say(*decision, request, &by_id))
            .collect();
        Ok(answers)
    }
}

impl Drop for Clerk {
    /// The clerk broke down in the middle of work (a bug, or the runtime is shutting down): those who wait hear of it, and
    /// the next who comes finds a new clerk.
    fn drop(&mut self) {
        if !self.desk_is_open {
            // Somebody else's desk may stand there by now.
            return;
        }
        let mut desks = self.inner.desks();
        if let Some(left) = desks.by_activity.remove(&self.activity_id) {
            desks.waiting -= left.len();
        }
    }
}

fn say(
    decision: Decision,
    request: &rules::Request,
    by_id: &HashMap<Uuid, Registration>,
) -> Answer {
    let registration = |id: Uuid| {
        // Not there: the row met another one that the rules knew nothing of.
        let conflict = AdmissionError::Undecided {
            reason: &reasons::CONFLICT,
        };
        by_id.get(&id).cloned().ok_or(conflict)
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

fn answer(waiting: Vec<oneshot::Sender<Answer>>, answers: Vec<Answer>) {
    for (waiting, answer) in waiting.into_iter().zip(answers) {
        // Whoever hung up finds the answer when the request comes again.
        let _ = waiting.send(answer);
    }
}

/// The batch failed. Either nothing of it happened, or (the commit went through and its confirmation was lost) all of it: in
/// both cases the same request sent again gets the right answer.
fn refuse(waiting: Vec<oneshot::Sender<Answer>>, error: sqlx::Error) {
    let problem = Problem::from(error);
    tracing::error!(requests = waiting.len(), cause = %problem, "a batch of registrations failed");
    let reason = problem.reason();
    for waiting in waiting {
        let _ = waiting.send(Err(AdmissionError::Undecided { reason }));
    }
}
