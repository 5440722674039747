//! Records whether a method made the access check that its contract requires of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether the check was made. Shared by the clones of a caller.
#[derive(Clone, Debug, Default)]
pub struct SubjectCheck(Arc<AtomicBool>);

impl SubjectCheck {
    /// Records the check.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the check was made.
    pub(super) fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
