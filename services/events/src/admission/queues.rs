//! The requests that wait in this process, one queue per activity. Knows nothing of seats, databases or tasks.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use super::Limits;

/// The queues of one process; `T` is a waiting request. An activity has a queue as long as a request for it waits or is being decided.
#[derive(Debug)]
pub(super) struct Queues<T> {
    by_activity: HashMap<Uuid, ActivityQueue<T>>,
    /// Queues with waiting requests and no worker, in the order in which they are served.
    ready: VecDeque<Uuid>,
    waiting: usize,
    workers: usize,
}

#[derive(Debug)]
struct ActivityQueue<T> {
    waiting: VecDeque<T>,
    /// A worker decides requests of this queue. No other worker does meanwhile, which keeps the order.
    in_progress: bool,
    /// Decided in a transaction of its own, see [`Queues::requeue`].
    exclusive: bool,
}

/// The requests of one activity that are decided in one transaction.
#[derive(Debug)]
pub(super) struct ActivityBatch<T> {
    pub(super) activity_id: Uuid,
    pub(super) requests: Vec<T>,
}

/// Too many requests wait already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QueueFull;

impl<T> Default for Queues<T> {
    fn default() -> Self {
        Self {
            by_activity: HashMap::new(),
            ready: VecDeque::new(),
            waiting: 0,
            workers: 0,
        }
    }
}

impl<T> Queues<T> {
    /// The number of waiting requests, and of activities with a queue.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.waiting, self.by_activity.len())
    }

    /// Appends a request to the queue of its activity.
    pub(super) fn push(
        &mut self,
        activity_id: Uuid,
        request: T,
        limits: &Limits,
    ) -> Result<(), QueueFull> {
        if self.waiting >= limits.in_total {
            return Err(QueueFull);
        }
        if let Some(queue) = self.by_activity.get_mut(&activity_id) {
            if queue.waiting.len() >= limits.per_activity {
                return Err(QueueFull);
            }
            queue.waiting.push_back(request);
        } else {
            let queue = ActivityQueue {
                waiting: VecDeque::from([request]),
                in_progress: false,
                exclusive: false,
            };
            self.by_activity.insert(activity_id, queue);
            self.ready.push_back(activity_id);
        }
        self.waiting += 1;
        Ok(())
    }

    /// Whether another worker is to be started; it is counted from here on.
    pub(super) fn needs_worker(&mut self, limits: &Limits) -> bool {
        let needed = !self.ready.is_empty() && self.workers < limits.workers;
        self.workers += usize::from(needed);
        needed
    }

    /// Whether there is work for a running worker; if not, the worker ends and is no longer counted.
    pub(super) fn has_work(&mut self) -> bool {
        let has_work = !self.ready.is_empty();
        self.workers -= usize::from(!has_work);
        has_work
    }

    /// The next requests to be decided together: at most `limits.batch`, queue after queue. Each queue is
    /// [finished](Self::finish) later.
    pub(super) fn take_batch(&mut self, limits: &Limits) -> Vec<ActivityBatch<T>> {
        let mut batch: Vec<ActivityBatch<T>> = Vec::new();
        let mut remaining = limits.batch;
        while remaining > 0
            && let Some(activity_id) = self.ready.front().copied()
        {
            let Some(queue) = self.by_activity.get_mut(&activity_id) else {
                self.ready.pop_front();
                continue;
            };
            if queue.exclusive && !batch.is_empty() {
                break;
            }
            self.ready.pop_front();
            queue.in_progress = true;
            let size = queue.waiting.len().min(remaining);
            let requests = queue.waiting.drain(..size).collect();
            batch.push(ActivityBatch {
                activity_id,
                requests,
            });
            remaining -= size;
            self.waiting -= size;
            if queue.exclusive {
                break;
            }
        }
        batch
    }

    /// Puts back requests that could not be decided together with those of other activities, because another process holds the lock on
    /// the seats of this one. They come before the requests that arrived since, and until the queue is empty it is decided in
    /// transactions of its own: the holder of that lock delays no other activity.
    pub(super) fn requeue(&mut self, part: ActivityBatch<T>) {
        if let Some(queue) = self.by_activity.get_mut(&part.activity_id) {
            self.waiting += part.requests.len();
            queue.exclusive = true;
            for request in part.requests.into_iter().rev() {
                queue.waiting.push_front(request);
            }
        }
    }

    /// The worker is done with this queue. An empty queue is removed; another one is served again after the others.
    pub(super) fn finish(&mut self, activity_id: Uuid) {
        let Some(queue) = self.by_activity.get_mut(&activity_id) else {
            return;
        };
        queue.in_progress = false;
        if queue.waiting.is_empty() {
            self.by_activity.remove(&activity_id);
        } else {
            self.ready.push_back(activity_id);
        }
    }

    /// A worker ended abnormally with these queues in progress. They are removed and their waiting requests returned. If it was the last
    /// worker, so are all other queues.
    pub(super) fn abandon(&mut self, in_progress: &[Uuid]) -> Vec<T> {
        self.workers -= 1;
        let mut removed: Vec<Uuid> = in_progress.to_vec();
        if self.workers == 0 {
            removed.extend(self.ready.drain(..));
        }
        let mut abandoned = Vec::new();
        for activity_id in removed {
            if let Some(queue) = self.by_activity.remove(&activity_id) {
                self.waiting -= queue.waiting.len();
                abandoned.extend(queue.waiting);
            }
        }
        abandoned
    }
}

#[cfg(test)]
#[path = "queues_tests.rs"]
mod tests;
