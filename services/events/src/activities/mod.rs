//! Activities: content, states, lists and search.

mod events;
pub mod rpc;
pub mod rules;
pub mod search;
pub mod store;
pub mod wire;

use files::pictures::Published;
use kit::errors::Problem;
use proto_events::reasons;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::schedule::Schedule;

/// State of an activity. It only moves forward: draft → published → cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// Visible to the organisation's staff only.
    Draft,
    /// Public; registration is open according to its times.
    Published,
    /// It will not take place. Stays public, so that registrants can read the reason.
    Cancelled,
}

impl State {
    /// As in the contract, e.g. `PUBLISHED`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Title in Chinese.
    pub fn title_zh(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published => "已发布",
            Self::Cancelled => "已取消",
        }
    }
}

/// Kind of an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// 学术交流
    AcademicMeeting,
    /// 报告讲座
    Lecture,
    /// 科普活动
    PopularScience,
    /// 培训研修
    Training,
    /// 科技志愿服务
    Volunteering,
}

/// The data of an activity that its organiser provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// One line, 2 to 100 characters.
    pub title: String,
    /// Plain text, at most 5,000 characters.
    pub description: String,
    /// Its kind.
    pub kind: Kind,
    /// Its times.
    pub schedule: Schedule,
    /// GB/T 2260, 6 digits; empty for online.
    pub division_code: String,
    /// One line, 1 to 200 characters.
    pub place: String,
    /// Seats, 1 to 1,000,000.
    pub capacity: i32,
    /// Minutes credited for attending: 0 to 60,000.
    pub credit_minutes: i32,
}

/// A stored activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// UUIDv7.
    pub activity_id: Uuid,
    /// The organisation it belongs to. Never changes.
    pub organisation_id: Uuid,
    /// From the local copy of organisations; empty until the copy has it.
    pub organisation_name: String,
    /// Its data.
    pub content: Content,
    /// Its state.
    pub state: State,
    /// Seats taken now, 0 to the capacity.
    pub seats_taken: i32,
    /// Why it was cancelled; empty otherwise.
    pub cancel_reason: String,
    /// The version of the form that registrants answer; `None`: nothing is asked.
    pub form_version: Option<i32>,
    /// What everybody sees of its published cover.
    pub cover: Option<Json<Published>>,
    /// Incremented by every change of the fields above except the seats taken.
    pub version: i64,
}

/// Registrations and check-ins of an activity, which restrict later changes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// When the last registration was made, cancelled ones included.
    pub last_registered_at: Option<OffsetDateTime>,
    /// When the first and the last person were checked in.
    pub checked_in: Option<(OffsetDateTime, OffsetDateTime)>,
}

/// Why something cannot be done with an activity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityError {
    /// It does not exist, or only for its staff.
    #[error("no such activity")]
    NotFound,
    /// The state machine has no such transition.
    #[error("an activity cannot go from {} to {}", from.code(), to.code())]
    IllegalMove {
        /// Its state.
        from: State,
        /// The requested state.
        to: State,
    },
    /// A draft of its registration form is not published.
    #[error("the draft of the form is not published")]
    FormDraftWaits,
    /// A cancelled activity stays as it is.
    #[error("the activity was cancelled")]
    Cancelled,
    /// A finished activity stays as it is.
    #[error("the activity is over since {0}")]
    Finished(OffsetDateTime),
    /// Published activities start in the future.
    #[error("the activity would start in the past")]
    StartsInPast,
    /// The end is not after the start.
    #[error("the end is not after the start")]
    EndsBeforeStart,
    /// A running activity cannot be given an end in the past.
    #[error("the end is in the past")]
    EndsInPast,
    /// Longer than a year.
    #[error("longer than a year")]
    TooLong,
    /// Starts more than five years ahead.
    #[error("starts more than five years ahead")]
    TooFar,
    /// Registration would close after the end.
    #[error("registration closes after the end")]
    RegistrationAfterEnd,
    /// The capacity would be below the seats taken.
    #[error("{taken} seats are taken")]
    CapacityBelowTaken {
        /// Seats taken now.
        taken: i32,
    },
    /// The credit of a published activity cannot change.
    #[error("the credit of a published activity is fixed")]
    CreditFixed,
    /// The credit would exceed the length of the activity.
    #[error("worth {credit} minutes and {length} long")]
    CreditExceedsLength {
        /// What attendance is worth, in minutes.
        credit: i32,
        /// What the activity lasts, in minutes.
        length: i32,
    },
    /// Recorded check-ins would lie outside the check-in window or in another division.
    #[error("the first check-in was at {0}")]
    CheckInsRecorded(OffsetDateTime),
    /// A registration would lie after the deadline.
    #[error("the last registration was at {0}")]
    DeadlineBeforeRegistrations(OffsetDateTime),
    /// A deadline is set and cleared by the same request.
    #[error("a deadline is set and taken away")]
    DeadlineSetAndCleared,
}

impl From<ActivityError> for Problem {
    fn from(error: ActivityError) -> Self {
        match error {
            ActivityError::NotFound => Self::of(&reasons::NOT_FOUND),
            ActivityError::IllegalMove { from, to } => Self::of(&reasons::ACTIVITY_STATE_CONFLICT)
                .with("from", from.code())
                .with("to", to.code())
                .with("from_zh", from.title_zh())
                .with("to_zh", to.title_zh()),
            ActivityError::FormDraftWaits => Self::of(&reasons::FORM_DRAFT_WAITS),
            ActivityError::Cancelled => Self::of(&reasons::ACTIVITY_CANCELLED),
            ActivityError::Finished(at) => {
                Self::of(&reasons::ACTIVITY_FINISHED).with("ended_at", crate::beijing_time(at))
            }
            ActivityError::StartsInPast => Self::of(&reasons::ACTIVITY_STARTS_IN_PAST),
            ActivityError::EndsBeforeStart => Self::invalid(
                "ends_at",
                (
                    "Not after the start; choose a later end.",
                    "结束时间须晚于开始时间，请重新选择。",
                ),
            ),
            ActivityError::EndsInPast => Self::invalid(
                "ends_at",
                (
                    "In the past; choose a later end.",
                    "结束时间不能早于现在，请重新选择。",
                ),
            ),
            ActivityError::TooLong => Self::invalid(
                "ends_at",
                (
                    "More than a year after the start; split the activity.",
                    "活动时长不能超过一年，请拆分为多个活动。",
                ),
            ),
            ActivityError::TooFar => Self::invalid(
                "starts_at",
                (
                    "More than five years ahead; check the year.",
                    "开始时间不能晚于五年之后，请检查年份。",
                ),
            ),
            ActivityError::RegistrationAfterEnd => Self::invalid(
                "registration_closes_at",
                (
                    "After the end; choose a time up to the end.",
                    "报名截止时间不能晚于活动结束时间，请重新选择。",
                ),
            ),
            ActivityError::CapacityBelowTaken { taken } => {
                Self::of(&reasons::CAPACITY_BELOW_SEATS_TAKEN).with("seats_taken", taken)
            }
            ActivityError::CreditFixed => Self::of(&reasons::ACTIVITY_CREDIT_FIXED),
            ActivityError::CreditExceedsLength { credit, length } => {
                Self::of(&reasons::CREDIT_EXCEEDS_LENGTH)
                    .with("credit_minutes", credit)
                    .with("length_minutes", length)
            }
            ActivityError::CheckInsRecorded(first) => Self::of(&reasons::CHECK_INS_RECORDED)
                .with("first_checked_in_at", crate::beijing_time(first)),
            ActivityError::DeadlineBeforeRegistrations(last) => {
                Self::of(&reasons::DEADLINE_BEFORE_REGISTRATIONS)
                    .with("last_registered_at", crate::beijing_time(last))
            }
            ActivityError::DeadlineSetAndCleared => Self::invalid(
                "clear_registration_closes_at",
                (
                    "Not together with registration_closes_at; send one of the two.",
                    "不能与报名截止时间同时填写，请只保留其中一项。",
                ),
            ),
        }
    }
}
