//! Queues for requests that would wait for the same lock in the database, so that they wait without holding a connection. The lock itself
//! stays where it is: other replicas know nothing of these queues.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// The lock of each key that requests wait for.
#[derive(Debug, Default)]
pub struct Queues(Mutex<HashMap<[u8; 32], Weak<Turn<()>>>>);

/// The turn of one request, which ends when this is dropped.
#[derive(Debug)]
pub struct Ticket {
    _turn: OwnedMutexGuard<()>,
}

/// Keys without waiting requests are removed when there are more than these.
const TIDY_ABOVE: usize = 1024;

impl Queues {
    /// Waits behind those who came for the same key before. Giving up leaves the queue.
    pub async fn wait(&self, key: &[u8; 32]) -> Ticket {
        let turn = self.turn(key);
        Ticket {
            _turn: turn.lock_owned().await,
        }
    }

    fn turn(&self, key: &[u8; 32]) -> Arc<Turn<()>> {
        // Nothing that can panic happens under this lock.
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= TIDY_ABOVE {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Turn::new(()));
        turns.insert(*key, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_for_each_key() {
        let queues = Queues::default();
        let first = queues.wait(&[1; 32]).await;
        let soon = Duration::from_secs(1);
        assert!(timeout(soon, queues.wait(&[1; 32])).await.is_err());
        assert!(timeout(soon, queues.wait(&[2; 32])).await.is_ok());
        drop(first);
        assert!(timeout(soon, queues.wait(&[1; 32])).await.is_ok());
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_forgotten() {
        let queues = Queues::default();
        let held = queues.wait(&[255; 32]).await;
        for nth in 0..5_000_u32 {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&nth.to_be_bytes());
            drop(queues.wait(&key).await);
        }
        assert!(queues.0.lock().unwrap().len() <= TIDY_ABOVE + 1);
        assert!(queues.turn(&[255; 32]).try_lock().is_err(), "still held");
        drop(held);
    }
}
