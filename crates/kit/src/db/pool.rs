//! The pools of a service.

use std::str::FromStr as _;

use database::pool_options;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{PgPool, postgres::PgConnectOptions};

/// More connections than this make a service slower, not faster: measured on two cores, and PostgreSQL shares its own among all replicas.
const REQUEST_CONNECTIONS: u32 = 8;
const LOG_CONNECTIONS: u32 = 6;

/// The pool that requests use. Statements end after 15 seconds and locks are waited for 10, so that a call whose caller has
/// long gone does not hold on to a connection. A transaction whose client has vanished without a word ends after 10 as well: until then
/// its locks hold up everybody else. No transaction of ours waits for anything but the database.
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

/// The pool of relay and consumers: without those limits, and apart, so that requests in plenty cannot hold up the event log.
/// Connects when it is first used.
pub fn log_pool(url: &SecretString, service: &str) -> Result<PgPool, sqlx::Error> {
    Ok(pool_options(LOG_CONNECTIONS)
        .connect_lazy_with(options(url, &format!("{service} event log"))?))
}

fn options(url: &SecretString, application: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let options = PgConnectOptions::from_str(url.expose_secret())?.application_name(application);
    // Compiling a statement takes longer than any of ours runs.
    Ok(options.options([("jit", "off")]))
}
