//! The gateway with real sockets and arbitrary bytes.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addresses;
mod connections;
mod openid;
mod streams;
mod world;
