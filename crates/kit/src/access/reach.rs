//! Where a permission is held.

/// Where a permission that reaches an organisation is held: on the organisation itself, or above it. What people consented to give to
/// one organisation is not for those above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// On the organisation.
    There,
    /// On one above it, and not on the organisation.
    FromAbove,
}
