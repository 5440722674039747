//! The package `cast.membership.v1` of the contract. Organisations and their members.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
