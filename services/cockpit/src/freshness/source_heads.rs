//! The heads of the other services' logs, as last heard.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// The highest position known of each service. Each replica asks for itself; a number here is never too high, only old.
#[derive(Debug, Default)]
pub struct Heads(Mutex<BTreeMap<String, i64>>);

impl Heads {
    /// The highest position known; 0 if nothing was heard.
    pub fn of(&self, source: &str) -> i64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(source)
            .copied()
            .unwrap_or(0)
    }

    /// Notes what a source said. Returns whether that is news.
    pub fn heard(&self, source: &str, head: i64) -> bool {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.insert(source.to_owned(), head) != Some(head)
    }
}
