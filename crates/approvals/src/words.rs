//! The words of a case, as they are stored and on the wire.

use database::stored_enum;
use proto_approvals::v1 as wire;

stored_enum! {
    /// Where a case stands.
    pub enum Standing: wire::case::State {
        /// For the decision of its step.
        Waiting = "WAITING",
        /// For correction by those who handed it in.
        Returned = "RETURNED",
        /// The last step let it pass.
        Passed = "PASSED",
        /// Refused.
        Rejected = "REJECTED",
        /// Taken back by those who handed it in, who may hand it in again.
        Withdrawn = "WITHDRAWN",
    }
}

stored_enum! {
    /// What happened to a case.
    pub enum What {
        /// Handed in, for the first time or again.
        Submitted = "SUBMITTED",
        /// A decider let a step pass.
        Passed = "PASSED",
        /// A decider returned it.
        Returned = "RETURNED",
        /// A decider refused it.
        Rejected = "REJECTED",
        /// Taken back.
        Withdrawn = "WITHDRAWN",
    }
}

/// What a decider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Let the step pass.
    Pass,
    /// Return it for correction.
    Return,
    /// Refuse it.
    Reject,
}
