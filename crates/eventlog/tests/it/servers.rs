//! PostgreSQL and NATS outages.

use std::{sync::Arc, time::Duration};

use eventlog::Nudge;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::time::{Instant, sleep};

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn writing_and_consuming_go_on_while_nats_is_away() {
    let Pair {
        source,
        target,
        nats,
        nudge,
        relay,
        consumer,
        client: _client,
    } = pair().await;
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
    let Pair {
        source,
        target,
        nats,
        nudge,
        relay,
        consumer,
        client: _client,
    } = pair().await;
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
    let Pair {
        source,
        target,
        client,
        nudge,
        relay,
        consumer,
        nats: _nats,
    } = pair().await;
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

/// As by a cluster that has not elected its leader yet. No event comes to bring on a second attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_refused_at_the_start_is_made_later() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let jetstream = async_nats::jetstream::new(client.clone());
    let in_the_way = async_nats::jetstream::stream::Config {
        name: "IN_THE_WAY".to_owned(),
        subjects: vec![format!("cast.{SOURCE}.v1.>")],
        ..Default::default()
    };
    jetstream.create_stream(in_the_way).await.unwrap();
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    // There is nothing to update, and two streams cannot have the same subjects.
    until("it was refused", async || {
        jetstream.query_account().await.unwrap().requests.errors >= 2
    })
    .await;
    jetstream.delete_stream("IN_THE_WAY").await.unwrap();
    let recorder = Arc::new(Recorder);
    let consumer = start_consumer(consumer(&target.pool, &client, &source.pool, recorder));
    until("it is live", async || consumer.status.borrow().live).await;
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_lost_is_made_again_although_there_is_no_event() {
    let pair = pair().await;
    let status = &pair.consumer.status;
    until("it is live", async || status.borrow().live).await;
    async_nats::jetstream::new(pair.client.clone())
        .delete_stream(eventlog::stream_name(SOURCE))
        .await
        .unwrap();
    until("it is known", async || !status.borrow().live).await;
    until("it is live again", async || status.borrow().live).await;
    pair.consumer.stop().await;
    pair.relay.stop().await;
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
