//! The gateway as visitors meet it: real sockets, and bytes as strangers send them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addresses;
mod connections;
mod streams;
mod world;
