//! The package `cast.options.v1` of the contract. The annotations of the contract: who may call a method, and how a text is read.

include!(concat!(env!("OUT_DIR"), "/package.rs"));
