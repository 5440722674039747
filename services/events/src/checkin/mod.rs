//! Check-in: staff scan a ticket; attendance is recorded and credited.

pub mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_events::reasons;
use time::OffsetDateTime;

use crate::activities::State as ActivityState;

/// Why a check-in is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckInError {
    /// The activity is not published.
    #[error("the activity is {}", .0.code())]
    NotPublished(ActivityState),
    /// Check-in opens at this moment.
    #[error("check-in opens at {0}")]
    TooEarly(OffsetDateTime),
    /// Check-in closed at this moment.
    #[error("check-in closed at {0}")]
    TooLate(OffsetDateTime),
    /// The registration was cancelled.
    #[error("the registration was cancelled")]
    RegistrationCancelled,
}

impl From<CheckInError> for Problem {
    fn from(error: CheckInError) -> Self {
        match error {
            CheckInError::NotPublished(ActivityState::Cancelled) => {
                Self::of(&reasons::ACTIVITY_CANCELLED)
            }
            CheckInError::NotPublished(state) => Self::of(&reasons::ACTIVITY_NOT_PUBLISHED)
                .with("state", state.code())
                .with("state_zh", state.title_zh()),
            CheckInError::TooEarly(at) => {
                Self::of(&reasons::CHECK_IN_TOO_EARLY).with("opens_at", crate::beijing_time(at))
            }
            CheckInError::TooLate(at) => {
                Self::of(&reasons::CHECK_IN_TOO_LATE).with("closed_at", crate::beijing_time(at))
            }
            CheckInError::RegistrationCancelled => Self::of(&reasons::REGISTRATION_CANCELLED),
        }
    }
}
