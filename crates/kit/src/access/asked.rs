//! Whether a method asked whom it acts on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether the method asked whom it acts on. Shared by the clones of a caller.
#[derive(Clone, Debug, Default)]
pub struct Asked(Arc<AtomicBool>);

impl Asked {
    /// It asked.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has.
    pub(super) fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
