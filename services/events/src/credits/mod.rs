//! Credits: the minutes a person was credited with for attending. How many an attendance is worth says [`crate::schedule::rules::credit`].

pub mod rpc;
pub mod store;
