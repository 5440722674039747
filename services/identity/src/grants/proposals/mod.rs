//! Roles that two people give and take: one proposes, another decides within seven days.
//!
//! What is checked when it is proposed is checked again when it is decided: the rights of both, the person it is about, and how many
//! holders remain.

mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::reasons;

pub use self::rpc::GrantProposals;
use self::rules::ProposalError;

impl From<ProposalError> for Problem {
    fn from(error: ProposalError) -> Self {
        match error {
            ProposalError::NotWaiting => Self::of(&reasons::PROPOSAL_STATE),
            ProposalError::Own => Self::of(&reasons::OWN_AFFAIRS),
            ProposalError::Proposer => Self::of(&reasons::PROPOSER_NOT_ENTITLED),
            ProposalError::OnePerson => Self::invalid(
                "role",
                (
                    "One person gives and takes this role; no proposal is needed.",
                    "该角色由一人授予和收回即可，无需提出申请。",
                ),
            ),
            ProposalError::NotHeld => Self::of(&reasons::GRANT_NOT_FOUND),
            ProposalError::Grant(error) => error.into(),
        }
    }
}
