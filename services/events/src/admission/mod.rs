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

mod applicant;
mod clerk;
mod desks;
mod error;
mod limits;
mod metrics;
mod queue;
pub(crate) mod rpc;
pub mod rules;
pub mod store;

use std::sync::{Arc, Mutex};

use kit::{clock::Clock, db::Db};
use proto::reasons;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::{applicant::Applicant, error::AdmissionError, limits::Limits};
use self::{
    clerk::Clerk,
    queue::{Answer, Inner, Waiting},
};

/// Takes requests for seats. One for each process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Inner>);

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
