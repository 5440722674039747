//! The way on which the activities of an organisation are reviewed before they are published. What routes are stands in
//! `crates/approvals`; what walks them in [`content_review`](crate::content_review).

pub mod rpc;

use approvals::Kind;

/// The permission by which activities are reviewed.
pub const REVIEW: &str = "activities.review";
/// The permission by which activities are prepared.
pub const MANAGE: &str = "activities.manage";

/// Routes of activities.
pub const KIND: Kind = Kind {
    name: "ACTIVITY",
    base: REVIEW,
    permissions: &[REVIEW, MANAGE],
};
