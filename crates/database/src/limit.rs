use std::{io, time::Duration};

use tokio::time::timeout;

/// Runs `work`, or fails as with a broken connection when it takes longer than `limit`. For background loops and tasks
/// that outlive their caller, which no deadline ends. Values that it borrowed may only be dropped afterwards.
pub async fn within<T, E: From<sqlx::Error>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
    }
}
