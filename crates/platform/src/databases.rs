//! The databases of the services: creation, and the progress of events.

use std::{str::FromStr as _, time::Duration};

use anyhow::{Context as _, Result};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions,
};

use suite::Service;

/// Creates a database if it does not exist, and returns its URL.
pub(crate) async fn create(server: &str, name: &str) -> Result<String> {
    let options = PgConnectOptions::from_str(server)
        .context("the PostgreSQL address cannot be read")?
        .disable_statement_logging();
    let mut connection = PgConnection::connect_with(&options)
        .await
        .context("PostgreSQL cannot be reached")?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        // The name is a constant, not input.
        let create = AssertSqlSafe(format!(r#"create database "{name}""#));
        sqlx::raw_sql(create)
            .execute(&mut connection)
            .await
            .with_context(|| format!("the database {name} cannot be created"))?;
    }
    connection.close().await?;
    Ok(options.database(name).to_url_lossy().to_string())
}

/// The last position of the log in a service's database, once its outbox is empty; 0 if it has no log.
pub(crate) async fn told(url: &str) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    let exists = sqlx::query_scalar("select to_regclass('eventlog.relay') is not null");
    let exists: bool = exists.fetch_one(&mut connection).await?;
    if !exists {
        return Ok(0);
    }
    loop {
        let state =
            "select (select head from eventlog.relay), exists (select from eventlog.outbox)";
        let (head, waiting): (i64, bool) = sqlx::query_as(state).fetch_one(&mut connection).await?;
        if !waiting {
            return Ok(head);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The lowest checkpoint of the consumers in this database for a source.
pub(crate) async fn heard(url: &str, source: Service) -> Result<i64> {
    let mut connection = PgConnection::connect(url).await?;
    let slowest = "select coalesce(min(position), 0) from eventlog.checkpoint where source = $1";
    let asked = sqlx::query_scalar(slowest).bind(source.name());
    Ok(asked.fetch_one(&mut connection).await?)
}
