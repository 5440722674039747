//! A database that hangs, restarts or refuses, and the effect on the pool.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use database::{Transaction, acquire, begin, pool_options};
use sqlx::{PgPool, postgres::PgConnectOptions};
use testkit::Proxy;

const PLACES: u32 = 4;

/// A pool of [`PLACES`] connections through a proxy.
async fn behind_a_proxy() -> (PgPool, Proxy, testkit::Database) {
    let database = testkit::database("empty", async |_| Ok::<(), sqlx::Error>(())).await;
    let direct: PgConnectOptions = database.url.parse().unwrap();
    let proxy = Proxy::to(&format!("{}:{}", direct.get_host(), direct.get_port())).await;
    let options = direct.host("127.0.0.1").port(proxy.address().port());
    let pool = pool_options(PLACES).connect_with(options).await.unwrap();
    (pool, proxy, database)
}

async fn one(pool: &PgPool) -> Result<i32, sqlx::Error> {
    let mut connection = acquire(pool).await?;
    sqlx::query_scalar("select 1")
        .fetch_one(&mut *connection)
        .await
}

/// Every place of the pool is taken by a call that waits for a hanging database and is then cancelled, as at its
/// deadline.
async fn all_are_given_up(pool: &PgPool, proxy: &Proxy) {
    let mut calls = Vec::new();
    for _ in 0..PLACES {
        calls.push(begin(pool).await.unwrap());
    }
    proxy.silence();
    let given_up = calls.into_iter().map(|mut call: Transaction| async move {
        let work = sqlx::query("select pg_sleep(0)").execute(&mut *call);
        let ended = tokio::time::timeout(Duration::from_millis(200), work).await;
        assert!(ended.is_err(), "nothing comes through");
    });
    for call in given_up {
        call.await;
    }
}

#[tokio::test]
async fn a_database_that_vanishes_without_a_word_costs_seconds() {
    let (pool, proxy, _database) = behind_a_proxy().await;
    all_are_given_up(&pool, &proxy).await;
    let start = Instant::now();
    assert_eq!(one(&pool).await.unwrap(), 1);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

/// The control: the pool's own way of returning a connection waits for the kernel.
#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn without_a_limit_the_pool_would_be_gone() {
    let (pool, proxy, _database) = behind_a_proxy().await;
    let mut calls = Vec::new();
    for _ in 0..PLACES {
        calls.push(pool.acquire().await.unwrap());
    }
    proxy.silence();
    drop(calls);
    let waited = acquire(&pool).await;
    assert!(
        matches!(waited, Err(sqlx::Error::PoolTimedOut)),
        "{waited:?}"
    );
}

#[tokio::test]
async fn connections_that_died_while_idle_are_not_given_out() {
    for silent in [false, true] {
        let (pool, proxy, _database) = behind_a_proxy().await;
        let connections = [acquire(&pool).await.unwrap(), acquire(&pool).await.unwrap()];
        drop(connections);
        while pool.num_idle() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if silent {
            proxy.silence();
        } else {
            proxy.cut();
        }
        // Longer than a connection is used unchecked, and as short as a restart of the database.
        tokio::time::sleep(Duration::from_millis(100)).await;
        for _ in 0..3 {
            assert_eq!(one(&pool).await.unwrap(), 1, "silent: {silent}");
        }
    }
}

#[tokio::test]
async fn a_begin_on_a_broken_connection_is_tried_on_one_that_answers() {
    let (pool, proxy, _database) = behind_a_proxy().await;
    let mut connections = Vec::new();
    for _ in 0..PLACES {
        connections.push(acquire(&pool).await.unwrap());
    }
    drop(connections);
    while pool.num_idle() < PLACES as usize {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Within the time in which a connection is used unchecked.
    proxy.cut();
    let transaction = begin(&pool).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_not_committed_is_rolled_back_and_the_connection_serves_again() {
    let (pool, _proxy, _database) = behind_a_proxy().await;
    sqlx::query("create table t (n int)")
        .execute(&pool)
        .await
        .unwrap();
    for commit in [false, true] {
        let mut transaction = begin(&pool).await.unwrap();
        sqlx::query("insert into t values (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        if commit {
            transaction.commit().await.unwrap();
        }
    }
    let count: i64 = sqlx::query_scalar("select count(*) from t")
        .fetch_one(&mut *acquire(&pool).await.unwrap())
        .await
        .unwrap();
    assert_eq!(count, 1);
    assert!(pool.size() <= PLACES, "{}", pool.size());
}
