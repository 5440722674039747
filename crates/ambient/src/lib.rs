//! Clock and randomness of the machine. They are read only here (`clippy.toml` forbids them elsewhere): time-dependent
//! code receives the time as an argument, and a test chooses it.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where they are taken from the machine"
)]

pub mod chance;
pub mod clock;
