//! Where a permission is held.

/// Where a permission that reaches an organisation is held: on the organisation itself or on an ancestor. Data that
/// people consented to give to one organisation is not for its ancestors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// On the organisation.
    There,
    /// On an ancestor, and not on the organisation.
    FromAbove,
}
