//! Credits: the minutes a person is credited with for attending. [`crate::schedule::rules::credit`] computes them.

pub mod rpc;
pub mod store;
