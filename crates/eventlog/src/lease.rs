//! Leader election: a session-level advisory lock and the connection that holds it.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

/// The current role of a relay or consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Not connected to the database: reconnecting.
    #[default]
    Offline,
    /// Another replica is active; this one takes over when it ends.
    Standby,
    /// This replica is active.
    Active,
}

/// A dedicated connection, outside the pool, that waits for a lock and then does all the work the lock protects. When
/// it breaks, the lock and the ability to write are lost together, so no replica can write on a stale lock.
pub(crate) struct Lease {
    pub(crate) conn: PgConnection,
}

impl Lease {
    pub(crate) async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let options = (*pool.connect_options()).clone().options([
            // If the machine that holds the lock vanishes silently, the server detects it after 10 + 3 × 5 seconds.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            // A paused process answers keepalives but does no work: its session ends and a standby takes over. A
            // working holder sends a statement every half second.
            ("idle_session_timeout", IDLE_LIMIT),
            ("idle_in_transaction_session_timeout", IDLE_LIMIT),
        ]);
        let conn = in_time(PgConnection::connect_with(&options)).await?;
        Ok(Self { conn })
    }

    /// Takes the lock called `name` if it is free.
    pub(crate) async fn try_take(&mut self, name: &str) -> Result<bool, sqlx::Error> {
        let query = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock(hashtextextended($1, 0)) as "taken!""#,
            name
        );
        in_time(query.fetch_one(&mut self.conn)).await
    }

    /// Releases the lock at once, for a standby.
    pub(crate) async fn release(self) {
        // If closing fails the connection is gone, and the lock with it.
        let _ = in_time(self.conn.close()).await;
    }
}

/// The server ends the holder's session after being idle this long (PostgreSQL 14 and newer).
const IDLE_LIMIT: &str = "10s";
/// Timeout of a transaction of the relay or a consumer. Without it, a connection to a machine that vanished would block
/// forever.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Treats a database that does not respond as unreachable. The connection must not be used afterwards.
pub(crate) async fn in_time<T, E: From<sqlx::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    database::within(TRANSACTION_TIMEOUT, work).await
}
