//! Slices: a metric for any combination of dimensions, with distinct people, as of any day or over a period.
//!
//! ```text
//! periods (rows) ── store ── Index: one slices::Set for each state ── count ── rpc
//!                     │        (built when the service starts,
//!                  revisions    then moved forward by what the revisions say is new)
//! ```
//!
//! | file | |
//! |---|---|
//! | [`dimension`] | the dimensions, their values and what they are stored as |
//! | [`rules`] | a request becomes a valid [`Slice`]; periods, and what they are compared with |
//! | [`index`] | the bitmaps, and the positions of the events they hold |
//! | [`live`] | builds the index and keeps it up with the rows |
//! | [`count`] | counts a slice |
//!
//! What an answer says of its freshness is read in the snapshot that the index was moved forward in, so it holds for exactly these numbers.

pub mod count;
pub mod dimension;
mod error;
pub mod index;
pub mod live;
pub mod rpc;
pub mod rules;
pub mod store;
pub mod when;

use time::Date;

use crate::catalogue::Metric;

pub use dimension::Dimension;
pub use error::SliceError;
pub use live::Slices;

/// Most steps of a course.
pub const MAX_POINTS: usize = 400;

/// A valid question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The metric.
    pub metric: Metric,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// By what it is broken down, two at most.
    pub group_by: Vec<Dimension>,
    /// First day.
    pub from: Date,
    /// Last day; a stock is the number at its end.
    pub to: Date,
    /// The steps of the course, if there is to be one.
    pub grain: Option<Grain>,
    /// What it is compared with.
    pub compare: Option<Compare>,
}

/// One of these values of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The dimension.
    pub dimension: Dimension,
    /// The values, as their keys.
    pub values: Vec<String>,
}

/// Steps of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

/// What numbers are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The period just before (环比): of a stock, the number at the end of the day before the first.
    PreviousPeriod,
    /// The same days a year earlier (同比).
    PreviousYear,
}
