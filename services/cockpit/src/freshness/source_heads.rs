//! The heads of the sources' event logs, as last received.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// The highest known position of each source. Each replica polls the sources itself; a position may be out of date but never too high.
#[derive(Debug, Default)]
pub struct SourceHeads(Mutex<BTreeMap<String, i64>>);

impl SourceHeads {
    /// The highest known position; 0 before the first answer.
    pub fn of(&self, source: &str) -> i64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(source)
            .copied()
            .unwrap_or(0)
    }

    /// Records the head of a source. Returns whether it has changed.
    pub fn record(&self, source: &str, head: i64) -> bool {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.insert(source.to_owned(), head) != Some(head)
    }
}
