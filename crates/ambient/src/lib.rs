//! The present moment and chance, which a program takes from the machine it runs on. They are taken here alone (`clippy.toml` refuses them
//! elsewhere): what depends on time gets it as an argument, and a test chooses it.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where they are taken from the machine"
)]

pub mod chance;
pub mod clock;
