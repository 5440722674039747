//! The connection pools of a service.

use std::str::FromStr as _;

use database::pool_options;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{PgPool, postgres::PgConnectOptions};

/// More connections make a service slower, as measured on two cores, and all replicas share PostgreSQL's connection
/// limit.
const REQUEST_CONNECTIONS: u32 = 8;
const LOG_CONNECTIONS: u32 = 6;

/// The pool for requests. Statements time out after 15 seconds and lock waits after 10, so that a call whose caller has
/// gone does not occupy a connection. An idle transaction ends after 10 seconds as well, to free the locks of a client
/// that vanished silently; no transaction of the platform waits for anything but the database.
pub async fn connect(url: &SecretString, service: &str) -> Result<PgPool, sqlx::Error> {
    let options = options(url, service)?.options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    pool_options(REQUEST_CONNECTIONS)
        .connect_with(options)
        .await
}

/// The pool of relay and consumers: without those limits, and separate, so that many requests cannot stall the event
/// log. Connects on first use.
pub fn log_pool(url: &SecretString, service: &str) -> Result<PgPool, sqlx::Error> {
    Ok(pool_options(LOG_CONNECTIONS)
        .connect_lazy_with(options(url, &format!("{service} event log"))?))
}

fn options(url: &SecretString, application: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url.expose_secret())?.application_name(application);
    // JIT compilation takes longer than any statement of the platform runs.
    Ok(options.options([("jit", "off")]))
}
