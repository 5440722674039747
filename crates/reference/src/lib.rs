//! Reference data that several services know, compiled in from `seeds/`. A service whose users change or search such data
//! has it in its database instead.

pub mod disciplines;
pub mod divisions;
