//! The package `cast.identity.v1` of the contract. Natural persons and their authentication.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
