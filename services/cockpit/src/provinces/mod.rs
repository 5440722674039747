//! One province and its cities in figures.

pub mod rpc;
pub mod store;
