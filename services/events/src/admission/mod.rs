//! Admission: taking a seat, also when thousands want one in the same second.
//!
//! A seat is decided under the lock on the activity's row in `seats`, in PostgreSQL, so it does not matter how many replicas there
//! are. One transaction for each request would wait for that lock and for the disk a thousand times. So the requests for one
//! activity gather at its desk: whoever arrives while a transaction is under way is decided in the next one, together with
//! everybody else who waited, in the order they came. Whoever comes alone is decided at once.
//!
//! ```text
//! request ─┐
//! request ─┼─ desk (first come, first served) ── clerk: one transaction for all who wait ── answers
//! request ─┘                                       lock seats · read · rules::decide · write · commit
//! ```
//!
//! * A full activity is recognised without a lock and without writing anything, from what is committed when the batch is
//!   decided: a seat given back before a request came is never overlooked.
//! * A caller who hangs up is decided all the same. The same request sent again gives the registration that was made.
//! * Waiting is limited: beyond [`Limits`], requests are turned away at once with `TOO_MANY_REQUESTS`.

mod desk;
mod metrics;
pub mod rules;
pub mod store;

use std::time::Duration;

use kit::errors::Problem;
use proto::reasons::{self, Reason};
use time::OffsetDateTime;
use uuid::Uuid;

pub use desk::{Admission, Limits};

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
