//! The package `cast.exports.v1` of the contract. What the methods of every service that exports ask and answer.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
