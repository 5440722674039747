//! The package `cast.letters.v1` of the contract. What the methods of every service that sends letters ask and answer.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
