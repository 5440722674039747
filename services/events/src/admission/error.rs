//! Why no seat was given.

use std::time::Duration;

use kit::errors::Problem;
use proto_events::reasons::{self, Reason};
use time::OffsetDateTime;
use uuid::Uuid;

/// Why no seat was given.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AdmissionError {
    /// There is no published activity with this id.
    #[error("no such activity")]
    NotFound,
    /// The activity was cancelled.
    #[error("the activity was cancelled")]
    ActivityCancelled,
    /// No seat is left.
    #[error("no seat is left")]
    Full,
    /// Registration closed at this moment.
    #[error("registration closed at {0}")]
    Closed(OffsetDateTime),
    /// The person holds a seat by this registration.
    #[error("registered already")]
    AlreadyRegistered(Uuid),
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestIdReused,
    /// The activity asks by another version of its form.
    #[error("the activity asks something else by now")]
    FormChanged,
    /// A file that the answers name is gone.
    #[error("a file is gone")]
    FileGone,
    /// Too many requests wait already. Nothing was decided.
    #[error("too many requests wait")]
    Busy,
    /// Nothing was decided, or it is not known what: the request is to be sent again with the same request id.
    #[error("not decided: {}", reason.code)]
    Undecided {
        /// The reason given to the caller.
        reason: &'static Reason,
    },
}

/// When a refused request may be sent again: a full queue is processed in less.
const RETRY_AFTER: Duration = Duration::from_secs(1);

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
            AdmissionError::FormChanged => Self::of(&proto_forms::reasons::FORM_VERSION_FOREIGN),
            AdmissionError::FileGone => Self::of(&reasons::REGISTRATION_INCOMPLETE).field(
                "answers",
                (
                    "A file that is attached is no longer there; choose it again.",
                    "所附文件已失效，请重新选择文件后再提交。",
                ),
            ),
            AdmissionError::Busy => Self::of(&reasons::TOO_MANY_REQUESTS).retry_after(RETRY_AFTER),
            AdmissionError::Undecided { reason } => Self::of(reason).retry_after(RETRY_AFTER),
        }
    }
}
