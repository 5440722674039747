//! Registrations: a person's seat at an activity.

pub mod rpc;
pub mod rules;
pub mod store;
pub mod wire;

use kit::{crypto::Keys, errors::Problem, sealed::SealedColumn};
use proto_events::reasons;
use proto_forms::reasons::FORM_VERSION_FOREIGN;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities;

/// State of a registration: registered → attended, or registered → cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// Holds a seat.
    Registered,
    /// Holds a seat and was checked in.
    Attended,
    /// Gave the seat back.
    Cancelled,
}

impl State {
    /// As in the contract, e.g. `REGISTERED`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Registered => "REGISTERED",
            Self::Attended => "ATTENDED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Title in Chinese.
    pub fn title_zh(self) -> &'static str {
        match self {
            Self::Registered => "已报名",
            Self::Attended => "已签到",
            Self::Cancelled => "已取消",
        }
    }
}

/// A registration with the data of its activity that are displayed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// UUIDv7.
    pub registration_id: Uuid,
    /// The activity.
    pub activity_id: Uuid,
    /// Title of the activity.
    pub activity_title: String,
    /// Start of the activity.
    pub activity_starts_at: OffsetDateTime,
    /// State of the activity.
    pub activity_state: activities::State,
    /// Its place in the order of admission to this activity, from 1.
    pub ordinal: i64,
    /// The registrant.
    pub person_id: Uuid,
    /// The person's public number.
    pub person_number: String,
    /// The verified name, sealed: see [`PERSON_NAME`]. `None` if it was not verified.
    pub person_name: Option<Vec<u8>>,
    /// Its state.
    pub state: State,
    /// When the seat was taken.
    pub created_at: OffsetDateTime,
    /// When the person was checked in.
    pub checked_in_at: Option<OffsetDateTime>,
    /// The version of the activity's form that was answered; `None`: nothing was asked.
    pub form_version: Option<i32>,
    /// When the answers were last changed; `None`: they are those with which the person registered.
    pub answers_changed_at: Option<OffsetDateTime>,
}

/// The name of a registrant, bound to the registration.
pub const PERSON_NAME: SealedColumn = SealedColumn::new("events.person-name");

/// The name of the registrant; empty if it was not verified.
pub fn name_of(keys: &Keys, registration: &Registration) -> Result<String, Problem> {
    match &registration.person_name {
        Some(sealed) => PERSON_NAME.open(keys, registration.registration_id, sealed),
        None => Ok(String::new()),
    }
}

/// Why something cannot be done with a registration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    /// It does not exist, or it belongs to another person.
    #[error("no such registration")]
    NotFound,
    /// The state machine has no such transition.
    #[error("a registration cannot go from {} to {}", from.code(), to.code())]
    IllegalMove {
        /// Its state.
        from: State,
        /// The requested state.
        to: State,
    },
    /// Seats are given back until the activity starts.
    #[error("the activity has started at {0}")]
    TooLateToCancel(OffsetDateTime),
    /// A cancelled registration has no ticket, and no answers.
    #[error("the registration was cancelled")]
    Cancelled,
    /// Answers change until registration closes: at this moment.
    #[error("registration closed at {0}")]
    Closed(OffsetDateTime),
    /// There are no answers to a form that asked nothing.
    #[error("nothing was asked")]
    NothingAsked,
}

impl From<RegistrationError> for Problem {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::NotFound => Self::of(&reasons::NOT_FOUND),
            RegistrationError::IllegalMove { from, to } => {
                Self::of(&reasons::REGISTRATION_STATE_CONFLICT)
                    .with("from", from.code())
                    .with("to", to.code())
                    .with("from_zh", from.title_zh())
                    .with("to_zh", to.title_zh())
            }
            RegistrationError::TooLateToCancel(at) => Self::of(&reasons::CANCELLATION_TOO_LATE)
                .with("started_at", crate::beijing_time(at)),
            RegistrationError::Cancelled => Self::of(&reasons::REGISTRATION_CANCELLED),
            RegistrationError::Closed(at) => {
                Self::of(&reasons::REGISTRATION_CLOSED).with("closed_at", crate::beijing_time(at))
            }
            RegistrationError::NothingAsked => Self::of(&FORM_VERSION_FOREIGN),
        }
    }
}
