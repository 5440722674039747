//! Which lanes hold places of a worker. A lane is what a job uses outside, such as one site: if that hangs, the jobs of the others run on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Places that are held, by lane. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes(Arc<Mutex<HashMap<String, i64>>>);

/// A place of a lane, until it is dropped: also if its try panics.
#[derive(Debug)]
pub(crate) struct Place {
    lanes: Lanes,
    lane: Option<String>,
}

impl Lanes {
    /// Holds a place. Jobs without a lane hold none.
    pub(crate) fn hold(&self, lane: Option<String>) -> Place {
        if let Some(lane) = &lane {
            self.change(lane, 1);
        }
        let lanes = self.clone();
        Place { lanes, lane }
    }

    /// The lanes that hold places, and how many.
    pub(crate) fn held(&self) -> Vec<(String, i64)> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lanes = held.iter();
        lanes.map(|(lane, count)| (lane.clone(), *count)).collect()
    }

    fn change(&self, lane: &str, by: i64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.get(lane).copied().unwrap_or_default() + by;
        if count > 0 {
            held.insert(lane.to_owned(), count);
        } else {
            held.remove(lane);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(lane) = &self.lane {
            self.lanes.change(lane, -1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lanes;

    #[test]
    fn a_place_is_held_until_it_is_dropped() {
        let lanes = Lanes::default();
        let (first, second) = (lanes.hold(Some("a".into())), lanes.hold(Some("a".into())));
        let without = lanes.hold(None);
        assert_eq!(lanes.held(), [("a".to_owned(), 2)]);
        drop((first, without));
        assert_eq!(lanes.held(), [("a".to_owned(), 1)]);
        drop(second);
        assert_eq!(lanes.held(), []);
    }
}
