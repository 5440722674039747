//! The transcoder from outside: HTTP in, gRPC out, and back.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod bindings;
mod content;
mod errors;
mod fixture;
mod grpc;
mod json;
mod openapi;
mod query;
mod requests;
mod streams;
