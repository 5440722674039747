//! The package `cast.options.v1` of the contract. The annotations of the contract: who may call a method, and how a text is read.

mod http_body;

pub use http_body::HttpBody;

include!(concat!(env!("OUT_DIR"), "/package.rs"));
