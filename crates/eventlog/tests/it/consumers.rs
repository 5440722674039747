//! Consumers that die, and concurrent consumers.

use std::{sync::Arc, time::Duration};

use eventlog::{Nudge, Role};
use tokio::time::timeout;

use crate::world::*;

async fn killed_at(line: &'static str) {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    load(&source.pool, &nudge, 4, 25, 3).await;
    let make = || consumer(&target.pool, &client, &source.pool, Arc::new(Recorder));
    for nth in [1, 3] {
        let (faults, mut reached) = stop_at_nth(line, nth);
        let dying = start_consumer(make().with_faults(faults));
        timeout(Duration::from_secs(10), reached.recv())
            .await
            .expect("the line is reached");
        dying.kill().await;
    }
    let heir = start_consumer(make());
    load(&source.pool, &nudge, 4, 25, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 200);
    heir.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_killed_in_the_middle_of_a_batch_leaves_no_trace_of_it() {
    killed_at("applied, not committed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_killed_after_its_commit_applies_nothing_twice() {
    killed_at("committed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_replicas_consumes_and_the_other_takes_over() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let make = || consumer(&target.pool, &client, &source.pool, Arc::new(Recorder));
    let first = start_consumer(make());
    until("the first is active", async || {
        first.status.borrow().role == Role::Active
    })
    .await;
    let second = start_consumer(make());
    until("the second stands by", async || {
        second.status.borrow().role == Role::Standby
    })
    .await;
    let writing = tokio::spawn({
        let (pool, nudge) = (source.pool.clone(), nudge.clone());
        async move { load(&pool, &nudge, 4, 100, 5).await }
    });
    until("it works", async || first.status.borrow().checkpoint > 50).await;
    assert_eq!(second.status.borrow().role, Role::Standby);
    first.kill().await;
    until("the second is active", async || {
        second.status.borrow().role == Role::Active
    })
    .await;
    writing.await.unwrap();
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 400);
    second.stop().await;
    relay.stop().await;
}

/// The advisory lock saves work; the row lock on the checkpoint prevents events from being applied twice.
#[tokio::test(flavor = "multi_thread")]
async fn even_three_consumers_at_once_apply_nothing_twice() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumers: Vec<_> = ["a", "b", "c"]
        .map(|lock| {
            let make = consumer(&target.pool, &client, &source.pool, Arc::new(Recorder));
            start_consumer(make.with_lock(lock))
        })
        .into();
    load(&source.pool, &nudge, 4, 200, 5).await;
    for consumer in &consumers {
        assert_eq!(
            consumer.status.borrow().role,
            Role::Active,
            "they really are three"
        );
    }
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 800);
    for consumer in consumers {
        consumer.stop().await;
    }
    relay.stop().await;
}
