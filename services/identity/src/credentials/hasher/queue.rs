//! Who waits for a thread, and whose turn it is. Pure.
//!
//! Each origin and each known device waits in a lane of its own, and lanes take turns: two hundred sign-ins of one origin wait behind each
//! other, not before everybody else. Known devices have places of their own and every second turn. When no place is left, the longest lane
//! gives up its last one, so an origin that fills the queue makes way for others.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
};

/// The lane in which a job waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Of a person who has signed in before, or has proved who they are.
    Known(Vec<u8>),
    /// Of a network.
    Stranger(Vec<u8>),
}

impl Lane {
    /// Of what these bytes name.
    pub fn known(name: &[u8]) -> Self {
        Self::Known(name.to_vec())
    }

    /// Of what these bytes name.
    pub fn stranger(name: &[u8]) -> Self {
        Self::Stranger(name.to_vec())
    }
}

/// What waits.
#[derive(Debug)]
pub struct FairQueue<T> {
    known: Lanes<T>,
    strangers: Lanes<T>,
    /// Whether the last turn was that of a known device.
    known_was_last: bool,
    hashes: RandomState,
}

#[derive(Debug)]
struct Lanes<T> {
    places: usize,
    taken: usize,
    waiting: HashMap<u64, VecDeque<T>>,
    /// Lanes in which jobs wait, in the order of their turns.
    turns: VecDeque<u64>,
}

impl<T> FairQueue<T> {
    /// With so many places for known devices and for strangers.
    pub fn new(known: usize, strangers: usize) -> Self {
        Self {
            known: Lanes::new(known),
            strangers: Lanes::new(strangers),
            known_was_last: false,
            hashes: RandomState::new(),
        }
    }

    /// Lets this one wait. Returns the one that has to go instead: it, or the last one of the longest lane.
    pub fn push(&mut self, lane: &Lane, item: T) -> Option<T> {
        let key = self.hashes.hash_one(lane);
        match lane {
            Lane::Known(_) => self.known.push(key, item),
            Lane::Stranger(_) => self.strangers.push(key, item),
        }
    }

    /// Whose turn it is.
    pub fn pop(&mut self) -> Option<T> {
        let strangers_first = self.known_was_last;
        let first = if strangers_first {
            self.strangers.pop()
        } else {
            self.known.pop()
        };
        if let Some(item) = first {
            self.known_was_last = !strangers_first;
            return Some(item);
        }
        let other = if strangers_first {
            self.known.pop()
        } else {
            self.strangers.pop()
        };
        self.known_was_last = other.is_some() == strangers_first;
        other
    }
}

impl<T> Lanes<T> {
    fn new(places: usize) -> Self {
        Self {
            places,
            taken: 0,
            waiting: HashMap::new(),
            turns: VecDeque::new(),
        }
    }

    fn push(&mut self, key: u64, item: T) -> Option<T> {
        let mine = self.waiting.get(&key).map_or(0, VecDeque::len);
        let displaced = if self.taken >= self.places {
            let longest = self
                .waiting
                .iter()
                .max_by_key(|(_, lane)| lane.len())
                .map(|(key, lane)| (*key, lane.len()));
            match longest {
                Some((longest, length)) if length > mine + 1 => self.take(longest, false),
                _ => return Some(item),
            }
        } else {
            None
        };
        if mine == 0 {
            self.turns.push_back(key);
        }
        self.waiting.entry(key).or_default().push_back(item);
        self.taken += 1;
        displaced
    }

    fn pop(&mut self) -> Option<T> {
        let key = self.turns.pop_front()?;
        let item = self.take(key, true);
        if self.waiting.contains_key(&key) {
            self.turns.push_back(key);
        }
        item
    }

    /// The first or the last one of a lane. A lane without waiting requests is forgotten.
    fn take(&mut self, key: u64, first: bool) -> Option<T> {
        let lane = self.waiting.get_mut(&key)?;
        let item = if first {
            lane.pop_front()
        } else {
            lane.pop_back()
        };
        if lane.is_empty() {
            self.waiting.remove(&key);
        }
        self.taken -= usize::from(item.is_some());
        item
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stranger(name: u8) -> Lane {
        Lane::stranger(&[name])
    }

    #[test]
    fn one_origin_does_not_fill_the_queue_for_others() {
        let mut queue = FairQueue::new(8, 64);
        let refused = (0..240)
            .filter(|nth| queue.push(&stranger(0), (0, *nth)).is_some())
            .count();
        assert_eq!(refused, 240 - 64);
        for other in 1..=10 {
            let displaced = queue.push(&stranger(other), (other, 0));
            assert!(
                displaced.is_some_and(|(from, _)| from == 0),
                "the crowd makes way"
            );
        }
        // Within two turns of every lane each of them is served.
        let served: Vec<u8> = (0..11)
            .filter_map(|_| queue.pop())
            .map(|(from, _)| from)
            .collect();
        assert_eq!(served, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    }

    #[test]
    fn a_known_device_has_a_place_and_the_next_turn_whatever_strangers_do() {
        let mut queue = FairQueue::new(1, 4);
        for origin in 0..200 {
            queue.push(&stranger(origin), "stranger");
        }
        assert_eq!(queue.pop(), Some("stranger"));
        assert_eq!(queue.push(&Lane::known(b"device"), "known"), None);
        assert_eq!(queue.pop(), Some("known"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Nothing is lost, nothing is served twice, no place is given twice, and lanes of one kind never differ by much in what they get.
        #[test]
        fn every_one_is_served_or_sent_away_once(deeds in prop::collection::vec((any::<bool>(), any::<bool>(), 0u8..6), 0..400)) {
            let (mut queue, mut pushed, mut gone) = (FairQueue::new(3, 10), 0_u32, Vec::new());
            for (push, known, name) in deeds {
                if push {
                    let lane = if known { Lane::known(&[name]) } else { stranger(name) };
                    gone.extend(queue.push(&lane, pushed));
                    pushed += 1;
                } else {
                    gone.extend(queue.pop());
                }
                prop_assert!(queue.known.taken <= 3 && queue.strangers.taken <= 10);
                prop_assert_eq!(queue.strangers.turns.len(), queue.strangers.waiting.len());
            }
            while let Some(item) = queue.pop() {
                gone.push(item);
            }
            gone.sort_unstable();
            prop_assert_eq!(gone, (0..pushed).collect::<Vec<_>>());
        }

        /// Who comes alone from their origin is sent away only if every other place belongs to a single request of its origin too.
        #[test]
        fn who_comes_alone_finds_a_place_in_a_crowd(crowd in prop::collection::vec(0u8..5, 10..200)) {
            let mut queue = FairQueue::new(1, 10);
            for name in crowd {
                queue.push(&stranger(name), name);
            }
            prop_assert_ne!(queue.push(&stranger(99), 99), Some(99));
        }
    }
}
