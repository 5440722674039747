use std::{io, time::Duration};

use sqlx::{Connection as _, postgres::PgPoolOptions};
use tokio::time::timeout;

use crate::PING_TIMEOUT;

/// A connection that was used within this time is not checked: a ping costs a quarter of the throughput of a busy
/// service, whose connections are idle for less. No database restarts in this time.
const TRUSTED_FOR: Duration = Duration::from_millis(50);

/// Options of a pool of at most `connections`. Idle connections are checked before use, with a timeout: after a restart
/// of the database the first requests get no dead connections.
pub fn pool_options(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for < TRUSTED_FOR {
                    return Ok(true);
                }
                match timeout(PING_TIMEOUT, connection.ping()).await {
                    Ok(alive) => alive.map(|()| true),
                    Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
                }
            })
        })
        .max_lifetime(Duration::from_secs(30 * 60))
        .idle_timeout(Duration::from_secs(10 * 60))
}
