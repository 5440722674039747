//! Relays that die, and concurrent relays.

use std::{sync::Arc, time::Duration};

use eventlog::{Nudge, RelaySettings, Role};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::world::*;

/// A relay dies at `line`; the next one continues from there.
async fn killed_at(line: &'static str) {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    load(&source.pool, &nudge, 4, 25, 3).await;

    // Once in the first batch, once in the middle.
    for nth in [1, 3] {
        let (faults, mut reached) = stop_at_nth(line, nth);
        let dying = start_relay(relay(&source.pool, &client, &nudge).with_faults(faults));
        timeout(Duration::from_secs(10), reached.recv())
            .await
            .expect("the line is reached");
        dying.kill().await;
        let (head, published) = (
            number(&source.pool, "select head from eventlog.relay").await,
            number(&source.pool, "select published from eventlog.relay").await,
        );
        assert!(
            published < head,
            "it died with something unrecorded: {published} of {head}"
        );
    }
    let heir = start_relay(relay(&source.pool, &client, &nudge));
    load(&source.pool, &nudge, 4, 25, 3).await;

    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 200);
    until("all is published", async || {
        heir.status.borrow().published == 200
    })
    .await;
    let expected: Vec<i64> = (1..=200).collect();
    assert_eq!(
        stream_positions(&client).await,
        expected,
        "JetStream drops what is published again"
    );
    consumer.stop().await;
    heir.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_between_publishing_and_recording_costs_nothing() {
    killed_at("published, not recorded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_between_moving_and_publishing_costs_nothing() {
    killed_at("moved, not published").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_replicas_relays_and_the_other_takes_over() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let client = connect(&nats).await;
    let (here, there) = (Nudge::new(), Nudge::new());
    let first = start_relay(relay(&source.pool, &client, &here));
    until("the first is active", async || {
        first.status.borrow().role == Role::Active
    })
    .await;
    let second = start_relay(relay(&source.pool, &client, &there));
    until("the second stands by", async || {
        second.status.borrow().role == Role::Standby
    })
    .await;
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));

    let writing = tokio::spawn({
        let (pool, there) = (source.pool.clone(), there.clone());
        async move { load(&pool, &there, 4, 100, 5).await }
    });
    until("it works", async || first.status.borrow().head > 50).await;
    assert_eq!(second.status.borrow().role, Role::Standby);
    first.kill().await;
    until("the second is active", async || {
        second.status.borrow().role == Role::Active
    })
    .await;
    writing.await.unwrap();

    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 400);
    consumer.stop().await;
    second.stop().await;
}

/// Only the nudge can be this quick: the polling interval is an hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_nudge_in_one_replica_wakes_the_active_relay_in_another() {
    let source = database().await;
    let (client, here, there) = (nowhere().await, Nudge::new(), Nudge::new());
    let patient = |nudge: &Nudge| {
        relay(&source.pool, &client, nudge).with_settings(RelaySettings {
            poll: Duration::from_secs(3600),
            standby: Duration::from_secs(3600),
            ..Default::default()
        })
    };
    let active = start_relay(patient(&here));
    until("one is active", async || {
        active.status.borrow().role == Role::Active
    })
    .await;
    let standby = start_relay(patient(&there));
    until("one stands by", async || {
        standby.status.borrow().role == Role::Standby
    })
    .await;
    // Nothing shows from outside that both have gone to sleep.
    sleep(Duration::from_millis(300)).await;

    count(&source.pool, Uuid::now_v7()).await.unwrap();
    // Time for the event to be moved, which it is not without a nudge.
    sleep(Duration::from_millis(300)).await;
    assert_eq!(
        active.status.borrow().head,
        0,
        "nothing has been published yet"
    );
    there.wake();
    until("the word got through", async || {
        active.status.borrow().head == 1
    })
    .await;
    active.stop().await;
    standby.stop().await;
}

/// What the lock prevents. Two relays with different locks run as if without one: the first moves a batch and is slow
/// to publish it, the second overtakes it, and NATS gets the later events first.
#[tokio::test(flavor = "multi_thread")]
async fn control_without_the_lock_two_relays_publish_out_of_order() {
    let (source, nats) = (database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let (sender, mut reached) = tokio::sync::mpsc::unbounded_channel();
    // Passes the line once at the start, with nothing moved, and then stops for a while.
    let slow = eventlog::Faults::new(move |line| {
        let sender = sender.clone();
        Box::pin(async move {
            if line == "moved, not published" {
                let _ = sender.send(());
                sleep(Duration::from_millis(1500)).await;
            }
        })
    });
    load(&source.pool, &nudge, 1, 5, 1).await;
    let first = start_relay(
        relay(&source.pool, &client, &nudge)
            .with_lock("one")
            .with_faults(slow),
    );
    reached.recv().await.unwrap();
    // The second must not publish the first five itself: the database records them as published.
    sqlx::query("update eventlog.relay set published = head")
        .execute(&source.pool)
        .await
        .unwrap();
    load(&source.pool, &nudge, 1, 5, 1).await;
    let second = start_relay(relay(&source.pool, &client, &nudge).with_lock("two"));
    until("all is in NATS", async || {
        stream_positions(&client).await.len() == 10
    })
    .await;
    assert_eq!(
        stream_positions(&client).await,
        [6, 7, 8, 9, 10, 1, 2, 3, 4, 5]
    );
    // The log is intact even so: positions are assigned under a row lock.
    assert_eq!(log_is_whole(&source.pool).await, 10);
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn even_four_relays_without_the_lock_cannot_tear_the_log() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let relays: Vec<_> = ["a", "b", "c", "d"]
        .map(|lock| start_relay(relay(&source.pool, &client, &nudge).with_lock(lock)))
        .into();
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    load(&source.pool, &nudge, 8, 100, 4).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 800);
    consumer.stop().await;
    for relay in relays {
        relay.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_written_straight_into_the_log_are_heard_and_the_relay_goes_on_behind_them() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    load(&source.pool, &nudge, 4, 25, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 100);

    // While the relay is at work.
    let counters: Vec<Uuid> = (0..1_500).map(|_| Uuid::now_v7()).collect();
    let past: Vec<eventlog::PastEvent> = counters
        .iter()
        .map(|counter| eventlog::PastEvent {
            id: Uuid::now_v7(),
            event: eventlog::NewEvent::of("Counter", *counter, &Counted { ordinal: 1 }),
            occurred_at: time::OffsetDateTime::now_utc(),
        })
        .collect();
    let mut tx = source.pool.begin().await.unwrap();
    sqlx::query("insert into counter (id, reached) select id, 1 from unnest($1::uuid[]) as id")
        .bind(&counters)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(eventlog::load(&mut tx, &past).await.unwrap(), 1_600);
    tx.commit().await.unwrap();
    load(&source.pool, &nudge, 4, 25, 3).await;

    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 1_700);
    until("the relay is behind them", async || {
        relay.status.borrow().published == 1_700
    })
    .await;
    consumer.stop().await;
    relay.stop().await;
}

/// The database plans the relay's statement while the outbox is almost empty, and then a full scan looks cheapest. That
/// plan must not scan a whole backlog for each batch.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_is_not_read_again_for_every_batch() {
    let source = database().await;
    let nudge = Nudge::new();
    let relay = start_relay(relay(&source.pool, &nowhere().await, &nudge));
    load(&source.pool, &nudge, 1, 20, 1).await;
    until("all is in the log", async || {
        relay.status.borrow().head == 20
    })
    .await;
    sqlx::query("vacuum analyze eventlog.outbox")
        .execute(&source.pool)
        .await
        .unwrap();
    load(&source.pool, &nudge, 1, 20, 1).await;
    until("all is in the log", async || {
        relay.status.borrow().head == 40
    })
    .await;
    sqlx::query(
        "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at)
         select gen_random_uuid(), 'Counter', gen_random_uuid(), 'Counted', '', now() from generate_series(1, 20000)",
    )
    .execute(&source.pool)
    .await
    .unwrap();
    nudge.wake();
    until("the backlog is in the log", async || {
        relay.status.borrow().head == 20_040
    })
    .await;
    relay.stop().await;
    let read = "select coalesce(seq_tup_read, 0) from pg_stat_user_tables where relname = 'outbox'";
    until("it is counted", async || {
        let deleted = "select n_tup_del from pg_stat_user_tables where relname = 'outbox'";
        number(&source.pool, deleted).await == 20_040
    })
    .await;
    let read = number(&source.pool, read).await;
    // Forty batches that each read what is left read 400,000; a single scan may happen while statistics are made.
    assert!(read < 60_000, "{read} rows were read one after the other");
}

/// An outbox is empty most of the time, and every service polls it twice a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_finds_nothing_writes_nothing() {
    let source = database().await;
    let nudge = Nudge::new();
    let quick = relay(&source.pool, &nowhere().await, &nudge).with_settings(RelaySettings {
        poll: Duration::from_millis(10),
        ..Default::default()
    });
    let relay = start_relay(quick);
    load(&source.pool, &nudge, 1, 20, 1).await;
    until("all is in the log", async || {
        relay.status.borrow().head == 20
    })
    .await;
    // With and without statistics for the planner.
    for statistics in ["analyze eventlog.relay", "vacuum analyze eventlog.outbox"] {
        sqlx::query(statistics).execute(&source.pool).await.unwrap();
        // The transaction that locked or wrote the row last.
        let last =
            "select xmax::text::bigint + xmin::text::bigint * 4294967296 from eventlog.relay";
        let before = number(&source.pool, last).await;
        // Time for several rounds, which leave the row alone.
        sleep(Duration::from_millis(200)).await;
        assert_eq!(number(&source.pool, last).await, before, "{statistics}");
    }
    relay.stop().await;
}
