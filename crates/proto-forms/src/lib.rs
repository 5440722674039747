//! The package `cast.forms.v1` of the contract: the messages about forms that services share.

pub mod json;

include!(concat!(env!("OUT_DIR"), "/package.rs"));
