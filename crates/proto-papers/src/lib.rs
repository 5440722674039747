//! The package `cast.papers.v1` of the contract. What the methods of every service that issues papers answer.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
