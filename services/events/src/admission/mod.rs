//! Admission: taking a seat, also when thousands want one in the same second.
//!
//! A seat is decided under the lock on the activity's row in `seats`, in PostgreSQL, so it does not matter how many replicas there
//! are. A transaction for each request would wait for that lock, for the network and for the disk a thousand times. So requests
//! gather at the desk of their activity, and a few clerks go from desk to desk: whoever arrives while all clerks are at work is
//! decided in one of the next transactions, together with everybody else who waited, in the order they came. Whoever comes alone is
//! decided at once.
//!
//! ```text
//! request ─┐
//! request ─┼─ desk of an activity ─┐
//! request ─┘  (first come,         ├─ clerk: one transaction for all who wait, at one desk or at many ── answers
//! request ─── desk of another ─────┘         lock seats · read · rules::decide · write · commit
//!              first served)
//! ```
//!
//! * A full activity is recognised without a lock and without writing anything, from what is committed when the batch is
//!   decided: a seat given back before a request came is never overlooked.
//! * Several desks in one transaction never wait for a lock, so they cannot wait for each other in a circle. Seats that another
//!   replica is at work on are left out, and that desk is served by itself.
//! * A caller who hangs up is decided all the same. The same request sent again gives the registration that was made.
//! * Waiting is limited: beyond [`Limits`], requests are turned away at once with `TOO_MANY_REQUESTS`.

mod clerk;
mod desks;
mod metrics;
pub mod rules;
pub mod store;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kit::{clock::Clock, db::Db, errors::Problem};
use proto::reasons::{self, Reason};
use time::OffsetDateTime;
use tokio::sync::oneshot;
use uuid::Uuid;

use self::{clerk::Clerk, desks::Desks};
use crate::registrations::Registration;

/// How many may wait, and how many are decided at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests decided in one transaction. More make the transaction longer for all of them and gain little.
    pub batch: usize,
    /// Transactions at once. While one is written to disk, the next is decided; more would only make them smaller.
    pub clerks: usize,
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
            clerks: 4,
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
    desks: Mutex<Desks<Waiting>>,
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
            Some(inner.desks().measure())
        });
        Self(inner)
    }

    /// Asks for a seat and waits for the answer: the registration, new or the one that the same request made before.
    /// Giving up waiting does not withdraw the request.
    pub async fn admit(&self, activity_id: Uuid, applicant: Applicant) -> Answer {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { applicant, answer };
        let joined = self.0.desks().join(activity_id, waiting, &self.0.limits);
        if joined.is_err() {
            metrics::refused();
            return Err(AdmissionError::Busy);
        }
        Clerk::call(&self.0);
        // The answer is lost only if the clerk broke down.
        answered.await.unwrap_or(Err(AdmissionError::Undecided {
            reason: &reasons::UNAVAILABLE,
        }))
    }
}

impl Inner {
    fn desks(&self) -> MutexGuard<'_, Desks<Waiting>> {
        // Nothing that can panic happens under this lock.
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who wants a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// The request as the rules see it. Its `registration_id` is new.
    pub request: rules::Request,
    /// The person's public number.
    pub person_number: String,
    /// The verified name, sealed for `registration_id`; `None` if it is not verified.
    pub person_name: Option<Vec<u8>>,
    /// The trace of the call (W3C Trace Context), which its event carries on.
    pub traceparent: Option<String>,
}

/// Why there is no seat.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AdmissionError {
    /// There is no such activity, as far as the public knows.
    #[error("no such activity")]
    NotFound,
    /// The activity was cancelled.
    #[error("the activity was cancelled")]
    ActivityCancelled,
    /// No seat is left.
    #[error("no seat is left")]
    Full,
    /// Registration closed then.
    #[error("registration closed at {0}")]
    Closed(OffsetDateTime),
    /// The person holds a seat by this registration.
    #[error("registered already")]
    AlreadyRegistered(Uuid),
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused,
    /// Too many wait already. Nothing was decided.
    #[error("too many requests wait")]
    Busy,
    /// Nothing was decided, or it is not known what: the request is to be sent again with the same request id.
    #[error("not decided: {}", reason.code)]
    Undecided {
        /// What to tell the caller.
        reason: &'static Reason,
    },
}

/// How soon those who were turned away may come again: a full queue is worked off in less.
const COME_AGAIN: Duration = Duration::from_secs(1);

impl From<AdmissionError> for Problem {
    fn from(error: AdmissionError) -> Self {
        match error {
            AdmissionError::NotFound => Self::of(&reasons::NOT_FOUND),
            AdmissionError::ActivityCancelled => Self::of(&reasons::ACTIVITY_CANCELLED),
            AdmissionError::Full => Self::of(&reasons::ACTIVITY_FULL),
            AdmissionError::Closed(at) => {
                Self::of(&reasons::REGISTRATION_CLOSED).with("closed_at", crate::beijing_time(at))
            }
            AdmissionError::AlreadyRegistered(registration_id) => {
                Self::of(&reasons::ALREADY_REGISTERED).with("registration_id", registration_id)
            }
            AdmissionError::RequestIdReused => Self::of(&reasons::REQUEST_ID_REUSED),
            AdmissionError::Busy => Self::of(&reasons::TOO_MANY_REQUESTS).retry_after(COME_AGAIN),
            AdmissionError::Undecided { reason } => Self::of(reason).retry_after(COME_AGAIN),
        }
    }
}
