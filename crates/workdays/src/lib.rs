//! Working days of China, and deadlines counted in them.
//!
//! Each autumn the State Council announces the holidays of the next year and the Saturdays and Sundays on which they are made up for. [`Calendar::china`] has the years of `seeds/working-days.csv`; a question that touches another year is answered with
//! [`Unannounced`], never with a guess.
//!
//! Nothing here reads a clock. Days are business days: dates in China (UTC+8).

mod calendar;
mod deadline;

pub use calendar::{Calendar, Day, Kind, Malformed, Unannounced};
pub use deadline::Deadline;
