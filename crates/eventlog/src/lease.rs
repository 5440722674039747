//! Being the only one: a session-level advisory lock and the connection that holds it.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, PgPool};

/// What a relay or consumer is doing at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// Not connected to the database (yet, or any more): it is trying.
    #[default]
    Offline,
    /// Another replica does the work; this one takes over when that one goes.
    Standby,
    /// This one does the work.
    Active,
}

/// A connection of its own, outside the pool, on which to wait for a lock and then to do all the work that the lock
/// protects. When it breaks, the lock and the ability to write are lost together, so nobody can write on a stale
/// lock.
pub(crate) struct Lease {
    pub(crate) conn: PgConnection,
}

impl Lease {
    pub(crate) async fn open(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let options = (*pool.connect_options()).clone().options([
            // If the machine that holds the lock vanishes without a word, the server must notice soon: 10 + 3 × 5 seconds.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            // A process that is paused answers keepalives and does nothing: the lock goes to the one who stands by. A holder that
            // works says something every half second.
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

    /// Gives the lock back at once, for the one who stands by.
    pub(crate) async fn release(self) {
        // If closing fails the connection is gone, and the lock with it.
        let _ = in_time(self.conn.close()).await;
    }
}

/// After so long without a word from the holder the server takes the lock away (PostgreSQL 14 and newer).
const IDLE_LIMIT: &str = "10s";
/// How long the database may take for a transaction of the relay or a consumer. Without a limit, a connection to a
/// machine that vanished would be waited for forever.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Treats a database that does not answer like one that cannot be reached. The connection must not be used afterwards.
pub(crate) async fn in_time<T, E: From<sqlx::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    database::within(TRANSACTION_TIMEOUT, work).await
}
