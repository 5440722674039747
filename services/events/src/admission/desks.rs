//! Who waits where, in what order, within this process. Knows nothing of seats, databases or tasks.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use super::Limits;

/// The desks of one process; `T` is what waits at them. There is a desk for an activity exactly as long as somebody waits at it or
/// is being decided.
#[derive(Debug)]
pub(super) struct Desks<T> {
    by_activity: HashMap<Uuid, Desk<T>>,
    /// Desks at which somebody waits and no clerk is at work, in the order in which they are served.
    ready: VecDeque<Uuid>,
    waiting: usize,
    clerks: usize,
}

#[derive(Debug)]
struct Desk<T> {
    queue: VecDeque<T>,
    /// A clerk decides about some who came here. Nobody else does meanwhile: that is what keeps the order.
    in_hand: bool,
    /// Served by itself, see [`Desks::put_back`].
    alone: bool,
}

/// Those of one desk who are decided in one transaction.
#[derive(Debug)]
pub(super) struct Share<T> {
    pub(super) activity_id: Uuid,
    pub(super) waiting: Vec<T>,
}

/// Too many wait already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl<T> Default for Desks<T> {
    fn default() -> Self {
        Self {
            by_activity: HashMap::new(),
            ready: VecDeque::new(),
            waiting: 0,
            clerks: 0,
        }
    }
}

impl<T> Desks<T> {
    /// How many wait, and at how many desks somebody waits or is being decided.
    pub(super) fn measure(&self) -> (usize, usize) {
        (self.waiting, self.by_activity.len())
    }

    /// Somebody comes and waits behind those who are there.
    pub(super) fn join(&mut self, activity_id: Uuid, who: T, limits: &Limits) -> Result<(), Busy> {
        if self.waiting >= limits.in_all {
            return Err(Busy);
        }
        if let Some(desk) = self.by_activity.get_mut(&activity_id) {
            if desk.queue.len() >= limits.at_one_desk {
                return Err(Busy);
            }
            desk.queue.push_back(who);
        } else {
            let desk = Desk {
                queue: VecDeque::from([who]),
                in_hand: false,
                alone: false,
            };
            self.by_activity.insert(activity_id, desk);
            self.ready.push_back(activity_id);
        }
        self.waiting += 1;
        Ok(())
    }

    /// Whether one more clerk is to begin to work; counts it.
    pub(super) fn clerk_needed(&mut self, limits: &Limits) -> bool {
        let needed = !self.ready.is_empty() && self.clerks < limits.clerks;
        self.clerks += usize::from(needed);
        needed
    }

    /// Whether a clerk has anything to do; if not, it goes home and is not counted any more.
    pub(super) fn stays(&mut self) -> bool {
        let stays = !self.ready.is_empty();
        self.clerks -= usize::from(!stays);
        stays
    }

    /// The next to be decided together: at most `limits.batch`, desk after desk. Each desk is [finished](Self::finish) later.
    pub(super) fn take(&mut self, limits: &Limits) -> Vec<Share<T>> {
        let mut shares: Vec<Share<T>> = Vec::new();
        let mut room = limits.batch;
        while room > 0
            && let Some(activity_id) = self.ready.front().copied()
        {
            let Some(desk) = self.by_activity.get_mut(&activity_id) else {
                self.ready.pop_front();
                continue;
            };
            if desk.alone && !shares.is_empty() {
                break;
            }
            self.ready.pop_front();
            desk.in_hand = true;
            let size = desk.queue.len().min(room);
            let waiting = desk.queue.drain(..size).collect();
            shares.push(Share {
                activity_id,
                waiting,
            });
            room -= size;
            self.waiting -= size;
            if desk.alone {
                break;
            }
        }
        shares
    }

    /// They could not be decided together with others, because somebody else was at work on the seats of this activity. They wait
    /// on, in front of those who came since, and the desk is served by itself until nobody waits there: whoever holds those
    /// seats holds nobody up who wants others.
    pub(super) fn put_back(&mut self, share: Share<T>) {
        if let Some(desk) = self.by_activity.get_mut(&share.activity_id) {
            self.waiting += share.waiting.len();
            desk.alone = true;
            for who in share.waiting.into_iter().rev() {
                desk.queue.push_front(who);
            }
        }
    }

    /// The clerk is done with this desk. It closes if nobody waits at it, or else is served again after the others.
    pub(super) fn finish(&mut self, activity_id: Uuid) {
        let Some(desk) = self.by_activity.get_mut(&activity_id) else {
            return;
        };
        desk.in_hand = false;
        if desk.queue.is_empty() {
            self.by_activity.remove(&activity_id);
        } else {
            self.ready.push_back(activity_id);
        }
    }

    /// A clerk broke down with these desks in hand. They close; those who waited there are handed out. If nobody is left to serve
    /// the others, those close as well.
    pub(super) fn break_down(&mut self, in_hand: &[Uuid]) -> Vec<T> {
        self.clerks -= 1;
        let mut closed: Vec<Uuid> = in_hand.to_vec();
        if self.clerks == 0 {
            closed.extend(self.ready.drain(..));
        }
        let mut left = Vec::new();
        for activity_id in closed {
            if let Some(desk) = self.by_activity.remove(&activity_id) {
                self.waiting -= desk.queue.len();
                left.extend(desk.queue);
            }
        }
        left
    }
}

#[cfg(test)]
#[path = "desks_tests.rs"]
mod tests;
