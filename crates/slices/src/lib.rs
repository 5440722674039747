//! Counts the periods of a state, and the distinct people in them, for any combination of dimensions and as of any day.
//!
//! A *state* is something that begins and may end: a membership is in force, a person is registered. Each time it begins is a
//! *period*, with a number (0, 1, 2 …), the day it began, the day it ended if it has, the person it is about if there is one, an
//! amount, and one value for each dimension. A fact that only happens (an attendance) is a period that never ends and is asked for
//! by when it began.
//!
//! ```text
//! as of a day     begun by then, without what ended by then      days::Begun, days::Days
//! a slice         … and the union of the wanted values           values::Values, one bitmap for each value
//! distinct people each is counted with their earliest selected
//!                 period; most have no earlier one at all          people::People
//! ```
//!
//! People are counted exactly: a sum of parts would count a member of two societies twice. The crate is pure: no clock, no
//! database. Days are numbers (of any epoch), values are numbers that the caller assigns.

mod days;
mod people;
mod period;
mod set;
mod values;

#[cfg(test)]
mod tests;

pub use people::Marks;
pub use period::{Count, Period};
pub use roaring::RoaringBitmap as Selection;
pub use set::Set;

/// A day, as a number that grows by one each day.
pub type Day = i32;

/// The number of a period within its state.
pub type Number = u32;

/// The number of a person.
pub type Person = u32;

/// A value of a dimension, as the caller numbers them.
pub type Value = u32;
