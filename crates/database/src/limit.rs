use std::{io, time::Duration};

use tokio::time::timeout;

/// Does `work`, or fails like a connection that broke when it takes longer than `limit`. For what no call waits for and no deadline ends:
/// background loops, and tasks that outlive their caller. What it borrowed must not be used afterwards but to be dropped.
pub async fn within<T, E: From<sqlx::Error>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()).into()),
    }
}
