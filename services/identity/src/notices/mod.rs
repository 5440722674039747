//! Notices: what the platform tells people, their inbox, and by which way they want to be told.
//!
//! ```text
//! NoticeAsked of another service ── Asked (consumer) ──┐   one transaction: the inbox, and a job for each message to be sent
//! a method of identity ────────────────────────────────┴─ tell ── notices ── Unread ── the number on open pages
//!                                                           └──── jobs ── Outgoing ── deliveries (mail, SMS)
//! ```
//!
//! * An event is carried out once, however often it is applied: `asked_notices` keeps its source and id. Events older than
//!   [`rules::RETENTION`] tell nothing, so a consumer that starts from the first event repeats nothing that was forgotten meanwhile.
//! * A row holds ids and what is public; words are made from the template when it is read, in the reader's language.
//! * Whether a message goes out is decided when it is due: not for what was read meanwhile, nor against a choice made meanwhile.

pub mod asked;
pub mod outgoing;
pub mod rpc;
pub mod rules;
pub mod store;
mod tell;
pub mod unread;
mod wire;

use database::stored_enum;
use kit::errors::Problem;
use proto_identity::v1 as contract;

pub use rpc::Notices;
pub(crate) use tell::{Telling, tell};

stored_enum! {
    /// When mail goes out.
    pub enum Mail: contract::notice_choice::Mail {
        /// Never.
        Off = "OFF",
        /// At once, or in the morning.
        AtOnce = "AT_ONCE",
        /// Together, once a day.
        Daily = "DAILY",
    }
}

stored_enum! {
    /// What a notice is about.
    pub enum Category: contract::NoticeCategory {
        /// The safety of the account.
        Security = "SECURITY",
        /// One's own applications for membership.
        Applications = "APPLICATIONS",
        /// Activities for which one is registered.
        Activities = "ACTIVITIES",
        /// Guardians and wards.
        Guardians = "GUARDIANS",
        /// What waits for those who work for an organisation.
        Desk = "DESK",
        /// What organisations write to their members, and organisers to their registrants.
        Letters = "LETTERS",
    }
}

impl From<proto_notices::Category> for Category {
    fn from(category: proto_notices::Category) -> Self {
        match category {
            proto_notices::Category::Security => Self::Security,
            proto_notices::Category::Applications => Self::Applications,
            proto_notices::Category::Activities => Self::Activities,
            proto_notices::Category::Guardians => Self::Guardians,
            proto_notices::Category::Desk => Self::Desk,
            proto_notices::Category::Letters => Self::Letters,
        }
    }
}

/// Why a request about notices is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Ids and a moment, or neither.
    #[error("ids or a moment, not both")]
    IdsOrMoment,
    /// The safety of the account is not a matter of choice; the place in the list.
    #[error("notices about security are always sent")]
    Fixed(usize),
    /// Twice the same category; the place in the list.
    #[error("the category stands twice")]
    Twice(usize),
}

impl From<NoticeError> for Problem {
    fn from(error: NoticeError) -> Self {
        match error {
            NoticeError::IdsOrMoment => Self::invalid(
                "notice_ids",
                (
                    "Give the ids of notices, or a moment as until, and not both.",
                    "请填写通知编号，或用 until 填写时间，二者选一。",
                ),
            ),
            NoticeError::Fixed(at) => Self::invalid(
                format!("choices[{at}].category"),
                (
                    "Notices about the safety of your account are always sent; leave this category out.",
                    "账号安全通知必须发送，不能更改，请去掉这一类。",
                ),
            ),
            NoticeError::Twice(at) => Self::invalid(
                format!("choices[{at}].category"),
                (
                    "This category stands twice; give each category once.",
                    "同一类通知出现了两次，每类只能填写一次。",
                ),
            ),
        }
    }
}
