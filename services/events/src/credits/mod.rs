//! Credits: the minutes a person was credited with for attending.

pub mod rpc;
pub mod rules;
pub mod store;
