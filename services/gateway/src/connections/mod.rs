//! Connections of visitors: how many there may be, and how long one may keep the gateway waiting.
//!
//! | module | |
//! |---|---|
//! | [`counts`] | how many connections there are, in all and for one address |
//! | [`deadlines`] | when a connection has kept the gateway waiting for too long; pure |
//! | [`watched`] | what is seen of a connection: bytes that come and go, requests under way |
//! | [`serve`] | accepting, serving and ending connections |
//!
//! A connection beyond the limits is answered with 503 and the reason, in HTTP/1 or HTTP/2, as long as few of these refusals are under
//! way; more of them are closed without a word, because speaking costs what the limit saves.

pub mod counts;
pub mod deadlines;
pub mod serve;
pub mod watched;

use std::time::Duration;

pub use self::{counts::Counts, serve::serve};

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long the head of a request may take to arrive.
    pub head: Duration,
    /// How long a connection may stay without a request.
    pub idle: Duration,
    /// How long a visitor may take nothing of an answer.
    pub stalled: Duration,
    /// Connections at a time.
    pub connections: usize,
    /// Connections of one address at a time; `None` behind proxies, whose connections carry many visitors.
    pub per_address: Option<usize>,
}
