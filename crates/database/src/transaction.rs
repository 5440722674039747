use std::ops::{Deref, DerefMut};

use sqlx::{PgConnection, PgPool, postgres::PgTransactionManager};
use sqlx_core::transaction::TransactionManager as _;

use crate::{Connection, acquire, connection::acquire_alive};

/// A transaction (READ COMMITTED). Dropped without [`commit`](Self::commit), it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    connection: Connection,
    open: bool,
}

/// Begins a transaction. If the connection turns out to be broken, it is replaced by one that responds, since nothing
/// has been done yet. After a restart of the database all recently used connections are broken.
pub async fn begin(pool: &PgPool) -> Result<Transaction, sqlx::Error> {
    match begin_on(acquire(pool).await?).await {
        Err(error) if is_broken(&error) => begin_on(acquire_alive(pool).await?).await,
        begun => begun,
    }
}

async fn begin_on(mut connection: Connection) -> Result<Transaction, sqlx::Error> {
    PgTransactionManager::begin(&mut connection, None).await?;
    Ok(Transaction {
        connection,
        open: true,
    })
}

/// Whether the connection was lost, as opposed to a refused statement.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // Class 57: the server ended the session (shutdown, restart, idle timeout). Class 08: the connection.
        sqlx::Error::Database(refused) => refused
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}

impl Transaction {
    /// Commits. If this fails because the connection broke, the transaction may or may not be committed.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        PgTransactionManager::commit(&mut self.connection).await?;
        self.open = false;
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.open {
            // Sent when the connection is returned, which has a timeout.
            PgTransactionManager::start_rollback(&mut self.connection);
        }
    }
}
