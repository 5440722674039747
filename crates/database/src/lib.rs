//! Connections of a pool, each of whose steps has a limit.
//!
//! sqlx pings a connection when it goes back to its pool, without a limit. A database host that vanishes without a word, or a proxy in between that
//! goes silent, would so keep every place of the pool until the kernel gives the connections up, after a quarter of an hour
//! (launchbadge/sqlx issue 4349). Connections and transactions are therefore taken from a pool by [`acquire`] and [`begin`], never by the
//! methods of the pool: what is not returned within [`RETURN_TIMEOUT`] is closed, and its place is free.

mod connection;
mod limit;
mod listen;
mod pool;
mod transaction;

pub use connection::{Connection, acquire};
pub use limit::within;
pub use listen::listen;
pub use pool::pool_options;
pub use transaction::{Transaction, begin};

use std::time::Duration;

/// How long a connection may take to go back to its pool: a rollback that was left open, a ping, the close at the end of its life.
pub const RETURN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection may take to show that it is alive.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
