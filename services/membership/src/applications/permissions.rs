//! What staff need to hold.

use super::rules::Action;

/// To see what was handed in, pass it on and return it.
pub(super) const REVIEW: &str = "applications.review";
/// To decide in the end.
const APPROVE: &str = "applications.approve";

impl Action {
    /// What staff need to hold for it.
    pub(super) const fn permission(self) -> &'static str {
        match self {
            Self::Approve | Self::Reject => APPROVE,
            Self::HandIn | Self::PassFirstReview | Self::Return | Self::Withdraw => REVIEW,
        }
    }
}
