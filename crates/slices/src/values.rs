//! Periods by the value of a dimension.

use std::collections::BTreeMap;

use roaring::{MultiOps as _, RoaringBitmap};

use crate::{Number, Value, days::bytes};

/// The periods that have each value of one dimension.
#[derive(Debug, Default)]
pub(crate) struct Values(BTreeMap<Value, RoaringBitmap>);

impl Values {
    /// Enters a period with a value.
    pub(crate) fn insert(&mut self, value: Value, number: Number) {
        self.0.entry(value).or_default().insert(number);
    }

    /// Takes a period from a value.
    pub(crate) fn remove(&mut self, value: Value, number: Number) {
        if let Some(numbers) = self.0.get_mut(&value) {
            numbers.remove(number);
            if numbers.is_empty() {
                self.0.remove(&value);
            }
        }
    }

    /// Each value that a period has, with its periods, in order of value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Value, &RoaringBitmap)> {
        self.0.iter().map(|(value, numbers)| (*value, numbers))
    }

    /// The periods with one of these values.
    pub(crate) fn any_of(&self, values: impl IntoIterator<Item = Value>) -> RoaringBitmap {
        values
            .into_iter()
            .filter_map(|value| self.0.get(&value))
            .union()
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.values().map(bytes).sum()
    }
}
