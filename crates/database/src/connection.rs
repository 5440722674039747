use std::ops::{Deref, DerefMut};

use sqlx::{Connection as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{runtime::Handle, time::timeout};

use crate::{PING_TIMEOUT, RETURN_TIMEOUT};

/// A connection of a pool. Dropped, it returns to the pool, or is closed if that takes longer than [`RETURN_TIMEOUT`].
#[derive(Debug)]
pub struct Connection(Option<PoolConnection<Postgres>>);

/// Acquires a connection from the pool; waits for the pool's `acquire_timeout` at most.
pub async fn acquire(pool: &PgPool) -> Result<Connection, sqlx::Error> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where a connection is taken, and returned within a limit"
    )]
    let connection = pool.acquire().await?;
    Ok(Connection(Some(connection)))
}

/// Acquires a connection that responds. Others are closed, which frees their places.
pub(crate) async fn acquire_alive(pool: &PgPool) -> Result<Connection, sqlx::Error> {
    for _ in 0..pool.options().get_max_connections() {
        let mut connection = acquire(pool).await?;
        if let Ok(Ok(())) = timeout(PING_TIMEOUT, connection.ping()).await {
            return Ok(connection);
        }
    }
    acquire(pool).await
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match &self.0 {
            Some(connection) => connection,
            None => unreachable!("a connection is taken out only when it is dropped"),
        }
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.0 {
            Some(connection) => connection,
            None => unreachable!("a connection is taken out only when it is dropped"),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(mut connection) = self.0.take() else {
            return;
        };
        // From here on the future owns the connection: if it is dropped midway, the connection is closed and its place
        // in the pool freed.
        let returning = connection.return_to_pool();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if timeout(RETURN_TIMEOUT, returning).await.is_err() {
                tracing::warn!("a connection to the database did not answer and was closed");
            }
        });
    }
}
