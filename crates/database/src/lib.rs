//! Pooled connections with a limit on every step.
//!
//! sqlx pings a connection when it returns to its pool, without a timeout. If a database host vanishes silently, or a
//! proxy in between stops responding, the pings occupy every place of the pool until the kernel drops the connections,
//! after a quarter of an hour (launchbadge/sqlx issue 4349). Connections and transactions are therefore acquired with
//! [`acquire`] and [`begin`], never with the methods of the pool: a connection not returned within [`RETURN_TIMEOUT`]
//! is closed, which frees its place.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

mod connection;
mod limit;
mod listen;
mod pool;
mod stored_enum;
mod transaction;

pub use connection::{Connection, acquire};
pub use limit::within;
pub use listen::listen;
pub use pool::pool_options;
pub use transaction::{Transaction, begin};

use std::time::Duration;

/// Timeout of returning a connection to its pool: rolling back an open transaction, a ping, closing at the end of its
/// life.
pub const RETURN_TIMEOUT: Duration = Duration::from_secs(2);

/// Timeout of a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
