//! PostgreSQL and NATS outages.

use std::{sync::Arc, time::Duration};

use eventlog::Nudge;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::time::{Instant, sleep};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn writing_and_consuming_go_on_while_nats_is_away() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    load(&source.pool, &nudge, 2, 20, 3).await;
    until("it is live", async || consumer.status.borrow().live).await;

    nats.stop().await.unwrap();
    load(&source.pool, &nudge, 4, 50, 3).await;
    // Without NATS, through the source alone.
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 240);
    until("it is known", async || !consumer.status.borrow().live).await;

    nats.start_again().await.unwrap();
    load(&source.pool, &nudge, 4, 50, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 440);
    until("all is published after all", async || {
        relay.status.borrow().published == 440
    })
    .await;
    until("it is live again", async || consumer.status.borrow().live).await;
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_that_was_never_there_stops_nothing() {
    let (source, target) = (database().await, database().await);
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    load(&source.pool, &nudge, 4, 50, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 200);
    assert_eq!(relay.status.borrow().published, 0);
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_that_is_wiped_under_relay_and_consumer_heals_by_itself() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    let writing = tokio::spawn({
        let (pool, nudge) = (source.pool.clone(), nudge.clone());
        async move {
            for _ in 0..6 {
                load(&pool, &nudge, 4, 25, 3).await;
                sleep(Duration::from_millis(300)).await;
            }
        }
    });
    until("it runs", async || {
        consumer.status.borrow().checkpoint > 100
    })
    .await;
    nats.wipe().await.unwrap();
    writing.await.unwrap();

    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 600);
    until("all is published", async || {
        relay.status.borrow().published == 600
    })
    .await;
    until("it is live again", async || consumer.status.borrow().live).await;
    consumer.stop().await;
    relay.stop().await;
}

/// Only the stream disappears: it was deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_deleted_is_made_again() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    load(&source.pool, &nudge, 2, 20, 3).await;
    until("all is published", async || {
        relay.status.borrow().published == 40
    })
    .await;
    let jetstream = async_nats::jetstream::new(client.clone());
    jetstream
        .delete_stream(eventlog::stream_name(SOURCE))
        .await
        .unwrap();
    load(&source.pool, &nudge, 2, 20, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 80);
    until("all is published", async || {
        relay.status.borrow().published == 80
    })
    .await;
    until("it is live again", async || consumer.status.borrow().live).await;
    consumer.stop().await;
    relay.stop().await;
}

/// The first attempt at a start fails while a cluster of NATS elects its leader; no event comes to bring on a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_made_although_there_is_no_event() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    until("it is live", async || consumer.status.borrow().live).await;
    async_nats::jetstream::new(client.clone())
        .delete_stream(eventlog::stream_name(SOURCE))
        .await
        .unwrap();
    until("it is known", async || !consumer.status.borrow().live).await;
    until("it is live again", async || consumer.status.borrow().live).await;
    consumer.stop().await;
    relay.stop().await;
}

async fn patient_pool(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(2))
        .test_before_acquire(false)
        .connect(url)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_restarted_and_killed_loses_nothing() {
    let (server, nats) = (testkit::private_postgres().await, testkit::nats().await);
    let admin = PgPool::connect(&server.url("postgres")).await.unwrap();
    sqlx::raw_sql("create database source; ")
        .execute(&admin)
        .await
        .unwrap();
    sqlx::raw_sql("create database target")
        .execute(&admin)
        .await
        .unwrap();
    admin.close().await;
    let (source, target) = (
        patient_pool(&server.url("source")).await,
        patient_pool(&server.url("target")).await,
    );
    migrate(&source).await.unwrap();
    migrate(&target).await.unwrap();
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source, &client, &nudge));
    let consumer = start_consumer(consumer(&target, &client, &source, Arc::new(Recorder)));
    let started = Instant::now();
    let writing = tokio::spawn({
        let (source, nudge) = (source.clone(), nudge.clone());
        async move {
            while started.elapsed() < Duration::from_secs(6) {
                load(&source, &nudge, 4, 20, 3).await;
            }
        }
    });
    until("it runs", async || consumer.status.borrow().checkpoint > 20).await;
    server.restart().await.unwrap();
    let reached = consumer.status.borrow().checkpoint;
    until("it runs again", async || {
        consumer.status.borrow().checkpoint > reached + 20
    })
    .await;
    server.kill().await.unwrap();
    server.start_again().await.unwrap();
    let reached = consumer.status.borrow().checkpoint;
    until("it runs again", async || {
        consumer.status.borrow().checkpoint > reached
    })
    .await;
    writing.await.unwrap();

    // A commit whose response was lost may have happened: the counters tell how many there were.
    all_is_applied(&source, &target).await;
    consumer.stop().await;
    relay.stop().await;
}
