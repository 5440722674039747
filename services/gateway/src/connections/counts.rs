//! Counts open items per address.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts open items, in total and per key. Cheap to clone.
#[derive(Debug)]
pub struct Counts<K>(Arc<Mutex<Open<K>>>);

#[derive(Debug)]
struct Open<K> {
    all: usize,
    by_key: HashMap<K, usize>,
}

impl<K> Clone for Counts<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Open {
            all: 0,
            by_key: HashMap::new(),
        })))
    }
}

/// An item that is counted until this is dropped.
#[derive(Debug)]
pub struct Counted<K: Eq + Hash> {
    counts: Counts<K>,
    key: Option<K>,
}

impl<K: Eq + Hash + Clone> Counts<K> {
    /// Counts one more; `None` if the limit is reached. Without a key it counts only in the total.
    pub fn add(&self, key: Option<(K, usize)>, most: usize) -> Option<Counted<K>> {
        let mut open = self.open();
        if open.all >= most {
            return None;
        }
        let key = match key {
            Some((key, most)) => {
                let count = open.by_key.entry(key.clone()).or_insert(0);
                if *count >= most {
                    if *count == 0 {
                        open.by_key.remove(&key);
                    }
                    return None;
                }
                *count += 1;
                Some(key)
            }
            None => None,
        };
        open.all += 1;
        Some(Counted {
            counts: self.clone(),
            key,
        })
    }
}

impl<K> Counts<K> {
    /// Total number of open items.
    pub fn all(&self) -> usize {
        self.open().all
    }

    fn open(&self) -> MutexGuard<'_, Open<K>> {
        // Nothing under this lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut open = self.counts.open();
        open.all -= 1;
        if let Some(key) = &self.key
            && let Some(count) = open.by_key.get_mut(key)
        {
            *count -= 1;
            if *count == 0 {
                open.by_key.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_key_has_its_share_and_all_have_a_limit() {
        let counts = Counts::default();
        let first = counts.add(Some(("a", 2)), 4).unwrap();
        let _second = counts.add(Some(("a", 2)), 4).unwrap();
        assert!(counts.add(Some(("a", 2)), 4).is_none());
        let _third = counts.add(Some(("b", 2)), 4).unwrap();
        let _fourth = counts.add(None, 4).unwrap();
        assert!(counts.add(Some(("c", 2)), 4).is_none(), "all are taken");
        drop(first);
        assert!(counts.add(Some(("a", 2)), 4).is_some());
    }

    #[test]
    fn keys_that_have_none_open_are_forgotten() {
        let counts = Counts::default();
        for nth in 0..1_000 {
            drop(counts.add(Some((nth, 1)), 10).unwrap());
            assert!(counts.add(Some((nth, 0)), 10).is_none());
        }
        assert_eq!((counts.all(), counts.open().by_key.len()), (0, 0));
    }
}
