//! Memberships: who belongs to which organisation, from admission to resignation.

mod change;
pub(crate) mod past;
pub(crate) mod read;
mod rpc;
pub(crate) mod rules;
mod service;
pub(crate) mod store;

use kit::errors::Problem;
use proto_membership::{reasons, v1 as wire};

use database::stored_enum;

pub use service::Memberships;

stored_enum! {
    /// The state of a membership.
    pub(crate) enum State: wire::membership::State {
        /// In force.
        Active = "ACTIVE",
        /// Not in force for now; a check shows it at once.
        Suspended = "SUSPENDED",
        /// Ended by the member, for good.
        Resigned = "RESIGNED",
    }
}

stored_enum! {
    /// What sort of reason a suspension had.
    pub(crate) enum Ground: wire::SuspensionGround {
        /// 欠缴会费
        DuesUnpaid = "DUES_UNPAID",
        /// 资格核实
        UnderVerification = "UNDER_VERIFICATION",
        /// 违反章程或学术规范
        Misconduct = "MISCONDUCT",
        /// 本人申请
        AtOwnRequest = "AT_OWN_REQUEST",
        /// 其他
        Other = "OTHER",
    }
}

impl State {
    /// In Chinese, for the words of a refusal.
    pub(crate) const fn title_zh(self) -> &'static str {
        match self {
            Self::Active => "有效",
            Self::Suspended => "已暂停",
            Self::Resigned => "已退会",
        }
    }
}

/// Why something cannot be done with a membership.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// The state machine has no such transition.
    #[error("a membership that is {} cannot become {}", from.as_str(), to.as_str())]
    IllegalMove { from: State, to: State },
    /// A membership that has ended has no card.
    #[error("the membership has ended")]
    Ended,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::IllegalMove { from, to } => Problem::of(&reasons::MEMBERSHIP_STATE)
                .with("from", from.as_str())
                .with("to", to.as_str())
                .with("from_zh", from.title_zh())
                .with("to_zh", to.title_zh()),
            Error::Ended => Problem::of(&reasons::MEMBERSHIP_ENDED),
        }
    }
}
