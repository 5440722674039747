//! Admission: taking a seat, also when thousands want one in the same second.
//!
//! A seat is decided under the lock on the activity's row in `seats`, in PostgreSQL, so it does not matter how many replicas there
//! are. A transaction for each request would wait for that lock, for the network and for the disk a thousand times. So requests wait
//! in a queue per activity, and a few batch workers serve the queues: requests that arrive while all workers are busy are decided
//! together in one of the next transactions, in the order of arrival. A single request is decided at once.
//!
//! ```text
//! request ─┐
//! request ─┼─ queue of an activity ─┐
//! request ─┘  (first in,            ├─ worker: one transaction for a batch, from one queue or several ── answers
//! request ─── queue of another ─────┘          lock seats · read · rules::decide · write · commit
//!              first out)
//! ```
//!
//! * A full activity is recognised without a lock and without writing anything, from what is committed when the batch is
//!   decided: a seat given back before a request arrived is never overlooked.
//! * A transaction for several activities never waits for a lock, so there are no deadlocks. Seats that another replica has locked are
//!   skipped, and that queue is then decided in transactions of its own.
//! * The request of a caller who disconnects is decided all the same. The same request sent again gives the registration that was made.
//! * Waiting is limited: beyond [`Limits`], requests are refused at once with `TOO_MANY_REQUESTS`.

mod applicant;
mod batch_worker;
mod error;
mod files;
mod limits;
mod metrics;
mod queues;
pub(crate) mod rpc;
pub mod rules;
mod shared;
pub mod store;

use std::sync::{Arc, Mutex};

use kit::{clock::Clock, db::Db};
use proto_events::reasons;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::{applicant::Applicant, error::AdmissionError, limits::Limits};
use self::{
    batch_worker::BatchWorker,
    shared::{Answer, PendingRequest, Shared},
};

/// Decides requests for seats. One for each process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Shared>);

impl Admission {
    /// Seats are in `db`; `clock` decides whether registration is closed.
    pub fn new(db: Db, clock: Clock, limits: Limits) -> Self {
        let shared = Arc::new(Shared {
            db,
            clock,
            limits,
            queues: Mutex::default(),
        });
        let observed = Arc::downgrade(&shared);
        metrics::observe(limits.in_total, move || {
            let shared = observed.upgrade()?;
            Some(shared.queues().counts())
        });
        Self(shared)
    }

    /// Requests a seat and waits for the answer: the registration, new or the one that the same request made before.
    /// Cancelling the wait does not withdraw the request.
    pub async fn admit(&self, activity_id: Uuid, applicant: Applicant) -> Answer {
        let (answer, answered) = oneshot::channel();
        let pending = PendingRequest { applicant, answer };
        let queued = self.0.queues().push(activity_id, pending, &self.0.limits);
        if queued.is_err() {
            metrics::refused();
            return Err(AdmissionError::Busy);
        }
        BatchWorker::spawn_if_needed(&self.0);
        // The sender is dropped without an answer only if its worker ended abnormally.
        answered.await.unwrap_or(Err(AdmissionError::Undecided {
            reason: &reasons::UNAVAILABLE,
        }))
    }
}
