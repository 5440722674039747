//! What a method sends along with its answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};

/// Metadata for the answer, collected while the method runs.
#[derive(Debug, Default)]
pub(crate) struct Attached(Mutex<HeaderMap>);

impl Attached {
    pub(super) fn insert(&self, name: HeaderName, value: HeaderValue) {
        self.collected().insert(name, value);
    }

    /// Moves it into the headers of the answer.
    pub(super) fn send(&self, headers: &mut HeaderMap) {
        headers.extend(std::mem::take(&mut *self.collected()));
    }

    fn collected(&self) -> MutexGuard<'_, HeaderMap> {
        // Nothing that can panic happens under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
