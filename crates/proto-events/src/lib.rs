//! The package `cast.events.v1` of the contract. Activities, registrations, check-in.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
