//! The package `cast.approvals.v1` of the contract. What the methods of every service with approval routes ask and answer.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
