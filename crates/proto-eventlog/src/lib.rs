//! The package `cast.eventlog.v1` of the contract. The event log that every service offers.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
