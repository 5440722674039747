//! Applications for membership: a draft of the applicant, two reviews by two people of the society, a decision.
//!
//! * [`rules`]: the state machine and who may move it.
//! * [`form`]: what an applicant tells, and when that is complete. [`answers`]: the same for the organisation's own form.
//! * [`routed`]: the same on a route of the organisation.
//! * [`apply`]: what applicants do. [`review`]: what staff do. [`batch`]: what staff do with many at once. [`read`]: what both see.
//! * [`files`]: the files that answers name.
//! * [`deadline`]: until when staff have to decide.
//! * [`notices`]: who is told of what.
//! * [`reminders`]: what waits too long.
//! * [`rpc`]: the service.

mod answers;
mod apply;
mod batch;
mod deadline;
mod decide;
mod decision;
pub(crate) mod files;
pub(crate) mod form;
mod notices;
pub(crate) mod read;
pub mod reminders;
mod review;
mod routed;
mod rpc;
pub(crate) mod rules;
mod service;
mod store;

pub use store::answers::ListedAnswers;

use kit::errors::Problem;
use proto_membership::{reasons, v1 as wire};
use uuid::Uuid;

use database::stored_enum;

pub use service::Applications;

stored_enum! {
    /// Where an application stands.
    pub(crate) enum State: wire::application::State {
        /// The applicant is still writing.
        Draft = "DRAFT",
        /// Submitted, waits for the first review.
        InFirstReview = "IN_FIRST_REVIEW",
        /// Waits for the final review.
        InFinalReview = "IN_FINAL_REVIEW",
        /// Back with the applicant.
        Returned = "RETURNED",
        /// The applicant is a member.
        Approved = "APPROVED",
        /// Refused.
        Rejected = "REJECTED",
        /// Withdrawn by the applicant.
        Withdrawn = "WITHDRAWN",
    }
}

impl State {
    /// In Chinese, for the words of a refusal.
    pub(crate) const fn title_zh(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::InFirstReview => "待初审",
            Self::InFinalReview => "待终审",
            Self::Returned => "已退回",
            Self::Approved => "已通过",
            Self::Rejected => "未通过",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// Why something cannot be done with an application.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// The state machine has no such transition.
    #[error("an application that is {} cannot become {}", from.as_str(), to.as_str())]
    IllegalMove { from: State, to: State },
    /// Only drafts and returned applications are changed by the applicant.
    #[error("an application that is {} cannot be edited", .0.as_str())]
    NotEditable(State),
    /// The reviewer who passed the first review cannot approve.
    #[error("the first reviewer cannot approve")]
    FourEyes,
    /// Staff cannot review themselves.
    #[error("an applicant cannot review the own application")]
    OwnApplication,
    /// Name and form are hidden, so a reviewer cannot judge them.
    #[error("the applicant has withdrawn the consent")]
    ConsentWithdrawn,
    /// Already an active or suspended member of this organisation.
    #[error("the applicant is a member already")]
    AlreadyMember,
    /// An application goes back and forth a limited number of times.
    #[error("the application was returned {0} times")]
    ReturnedTooOften(i16),
    /// The organisation does not take applications now.
    #[error("the organisation does not take applications")]
    Closed,
    /// The applicant's real name is not verified.
    #[error("the real name is not verified")]
    NotVerified,
    /// What the form lacks.
    #[error("the form is not complete")]
    Incomplete(Vec<form::Gap>),
    /// What is missing or wrong among the answers to the organisation's own form.
    #[error("the answers are not complete")]
    Unanswered(Vec<forms::Finding>),
    /// There is an undecided application of the same person to the same organisation.
    #[error("there is an open application")]
    Open(Uuid),
    /// It is in a step that the methods of the two reviews do not know.
    #[error("the application is in step {step} of {steps}")]
    Routed { step: usize, steps: usize },
    /// The organisation's route does not allow it.
    #[error("the route refuses: {0:?}")]
    Route(approvals::Refusal),
    /// The seven digits of the organisation's numbers are used up.
    #[error("no member number is left")]
    NumbersExhausted,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::IllegalMove { from, to } => Problem::of(&reasons::APPLICATION_STATE)
                .with("from", from.as_str())
                .with("to", to.as_str())
                .with("from_zh", from.title_zh())
                .with("to_zh", to.title_zh()),
            Error::NotEditable(state) => Problem::of(&reasons::APPLICATION_NOT_EDITABLE)
                .with("state", state.as_str())
                .with("state_zh", state.title_zh()),
            Error::FourEyes => Problem::of(&reasons::FOUR_EYES),
            Error::OwnApplication => Problem::of(&reasons::OWN_AFFAIRS),
            Error::ConsentWithdrawn => Problem::of(&reasons::CONSENT_WITHDRAWN),
            Error::AlreadyMember => Problem::of(&reasons::ALREADY_MEMBER),
            Error::ReturnedTooOften(times) => {
                Problem::of(&reasons::RETURNED_TOO_OFTEN).with("times", times)
            }
            Error::Closed => Problem::of(&reasons::APPLICATIONS_CLOSED),
            Error::NotVerified => Problem::of(&reasons::REAL_NAME_REQUIRED),
            Error::Incomplete(gaps) => gaps.into_iter().fold(
                Problem::of(&reasons::APPLICATION_INCOMPLETE),
                |problem, gap| problem.field(gap.field(), gap.advice()),
            ),
            Error::Unanswered(findings) => {
                form_versions::answers::refused(&reasons::APPLICATION_INCOMPLETE, &findings)
            }
            Error::Open(application_id) => {
                Problem::of(&reasons::APPLICATION_OPEN).with("application_id", application_id)
            }
            Error::Routed { step, steps } => Problem::of(&reasons::APPLICATION_ROUTED)
                .with("step", step)
                .with("steps", steps),
            Error::Route(refusal) => approvals::cases::problem(refusal),
            Error::NumbersExhausted => Problem::of(&reasons::MEMBER_NUMBERS_EXHAUSTED),
        }
    }
}
