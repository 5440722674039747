//! The package `cast.cockpit.v1` of the contract. Indicators for the leadership.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
