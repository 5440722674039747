//! The SQL of change notifications.

use sqlx::PgConnection;

/// Notifies the listeners of a channel.
pub async fn notify(conn: &mut PgConnection, channel: &str, text: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_notify($1, $2)", channel, text)
        .fetch_one(conn)
        .await?;
    Ok(())
}
