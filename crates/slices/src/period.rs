//! What goes in, and what comes out.

use crate::{Day, Person, Value};

/// A period as it is entered.
#[derive(Clone, Copy, Debug)]
pub struct Period<'a> {
    /// Whom it is about; `None` if it is about no person (an activity).
    pub person: Option<Person>,
    /// The day it began.
    pub begun: Day,
    /// What is summed besides the number of periods, e.g. minutes.
    pub amount: u32,
    /// One value for each dimension of the set, in their order.
    pub values: &'a [Value],
}

/// What a selection amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Number of periods.
    pub periods: u64,
    /// Number of distinct people in them; periods about no person add nothing.
    pub people: u64,
    /// Sum of their amounts.
    pub amount: u64,
}
