//! A source that returns with another history: restored from a backup, or failed over to a replica that lacked commits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use eventlog::{Event, LocalSource, Nudge, Source, SourceError};
use testkit::Database;
use tokio::time::sleep;

use crate::world::*;

/// The log of one database until switched to that of another.
struct Switch {
    old: LocalSource,
    new: LocalSource,
    switched: AtomicBool,
}

impl Switch {
    fn between(old: &Database, new: &Database) -> Arc<Self> {
        let log = |database: &Database| LocalSource::new(database.pool.clone(), SOURCE);
        Arc::new(Self {
            old: log(old),
            new: log(new),
            switched: AtomicBool::new(false),
        })
    }

    fn current(&self) -> &LocalSource {
        if self.switched.load(Ordering::SeqCst) {
            &self.new
        } else {
            &self.old
        }
    }
}

#[async_trait::async_trait]
impl Source for Switch {
    async fn read(&self, after: i64, limit: i32) -> Result<(Vec<Event>, i64), SourceError> {
        self.current().read(after, limit).await
    }

    async fn head(&self) -> Result<i64, SourceError> {
        self.current().head().await
    }
}

/// A consumer has applied 40 events when the source turns into one with `others` other events, and then with `others`
/// more.
async fn rewritten(others: u32) {
    let (old, new, target, nats) = (
        database().await,
        database().await,
        database().await,
        testkit::nats().await,
    );
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let source = Switch::between(&old, &new);
    let consumer = start_consumer(consumer_of(
        &target.pool,
        &client,
        source.clone(),
        Arc::new(Recorder),
    ));
    let first = start_relay(relay(&old.pool, &client, &nudge));
    load(&old.pool, &nudge, 2, 20, 3).await;
    all_is_applied(&old.pool, &target.pool).await;
    until("it is live", async || consumer.status.borrow().live).await;
    first.stop().await;

    source.switched.store(true, Ordering::SeqCst);
    let second = start_relay(relay(&new.pool, &client, &nudge));
    load(&new.pool, &nudge, 1, others, 3).await;
    until("it is noticed", async || consumer.status.borrow().diverged).await;
    load(&new.pool, &nudge, 1, others, 3).await;
    // Time for an event of the other history to be applied, which none is.
    sleep(Duration::from_secs(1)).await;
    assert!(consumer.status.borrow().diverged);
    assert_eq!(
        number(&target.pool, "select count(*) from applied").await,
        40,
        "histories are not mixed"
    );

    // The remedy is a rebuild from what the source has now.
    let mut tx = target.pool.begin().await.unwrap();
    eventlog::reset(&mut tx, "test.recorder").await.unwrap();
    sqlx::query("truncate applied")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        all_is_applied(&new.pool, &target.pool).await,
        i64::from(2 * others)
    );
    until("it is well again", async || {
        !consumer.status.borrow().diverged
    })
    .await;
    consumer.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_a_shorter_log_is_not_followed() {
    rewritten(15).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_another_log_of_the_same_length_is_not_followed() {
    rewritten(40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_with_a_longer_other_log_is_not_followed() {
    rewritten(60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changed_while_the_consumer_was_away_is_not_followed() {
    let (old, new, target) = (database().await, database().await, database().await);
    let (client, nudge) = (nowhere().await, Nudge::new());
    for (database, steps) in [(&old, 30), (&new, 50)] {
        let relay = start_relay(relay(&database.pool, &client, &nudge));
        load(&database.pool, &nudge, 1, steps, 3).await;
        log_is_whole(&database.pool).await;
        relay.stop().await;
    }
    let before = start_consumer(consumer(
        &target.pool,
        &client,
        &old.pool,
        Arc::new(Recorder),
    ));
    all_is_applied(&old.pool, &target.pool).await;
    before.stop().await;
    let after = start_consumer(consumer(
        &target.pool,
        &client,
        &new.pool,
        Arc::new(Recorder),
    ));
    until("it is noticed", async || after.status.borrow().diverged).await;
    assert_eq!(
        number(&target.pool, "select count(*) from applied").await,
        30
    );
    after.stop().await;
    // The old source is back, as when a switch of addresses is reverted.
    let back = start_consumer(consumer(
        &target.pool,
        &client,
        &old.pool,
        Arc::new(Recorder),
    ));
    until("it is well", async || back.status.borrow().head == 30).await;
    assert!(!back.status.borrow().diverged);
    back.stop().await;
}
