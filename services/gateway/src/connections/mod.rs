//! Limits on client connections: their number and their timeouts.
//!
//! | module | |
//! |---|---|
//! | [`counts`] | counts connections, in total and per address |
//! | [`deadlines`] | when a connection has timed out; pure |
//! | [`watched`] | observes a connection: bytes in and out, requests in flight |
//! | [`serve`] | accepts, serves and closes connections |
//!
//! An excess connection gets a 503 with the reason, in HTTP/1 or HTTP/2, as long as few of these refusals are in
//! flight; otherwise it is closed without a response, which would cost as much as it saves.

pub mod counts;
pub mod deadlines;
pub mod serve;
pub mod watched;

use std::time::Duration;

pub use self::{counts::Counts, serve::serve};

/// Limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Timeout of receiving a request head.
    pub head: Duration,
    /// Idle timeout of a connection.
    pub idle: Duration,
    /// Timeout of a client that does not read the response.
    pub stalled: Duration,
    /// Maximum number of connections.
    pub connections: usize,
    /// Maximum number of connections of one address; `None` behind proxies, whose connections are shared by many
    /// visitors.
    pub per_address: Option<usize>,
}
