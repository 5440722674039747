//! Outbox and log, without faults.

use std::sync::Arc;

use eventlog::{NewEvent, Nudge, Role};
use sqlx::Connection as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_make_one_gapless_log_and_it_is_applied_exactly_once() {
    let Pair {
        source,
        target,
        client,
        nudge,
        relay,
        consumer,
        nats: _nats,
    } = pair().await;

    load(&source.pool, &nudge, 8, 100, 5).await;

    let head = all_is_applied(&source.pool, &target.pool).await;
    assert_eq!(head, 800);
    until("the status tells", async || {
        let (relay, consumer) = (
            relay.status.borrow().clone(),
            consumer.status.borrow().clone(),
        );
        relay.role == Role::Active
            && (relay.head, relay.published) == (800, 800)
            && consumer.role == Role::Active
            && (consumer.checkpoint, consumer.lag(), consumer.quarantined) == (800, 0, 0)
            && consumer.live
            && consumer.source_answers
    })
    .await;
    until(
        "it is recorded, so that it is not published again",
        async || number(&source.pool, "select published from eventlog.relay").await == 800,
    )
    .await;
    let expected: Vec<i64> = (1..=800).collect();
    assert_eq!(
        stream_positions(&client).await,
        expected,
        "NATS has them once and in order"
    );
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_cannot_be_changed() {
    let source = database().await;
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    count(&source.pool, Uuid::now_v7()).await.unwrap();
    assert_eq!(log_is_whole(&source.pool).await, 1);
    relay.stop().await;
    for statement in [
        "update eventlog.event_log set event_type = 'Forged'",
        "delete from eventlog.event_log",
        "truncate eventlog.event_log",
    ] {
        let error = sqlx::query(statement)
            .execute(&source.pool)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("append-only"),
            "{statement}: {error}"
        );
    }
    assert_eq!(log_is_whole(&source.pool).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_in_the_log_is_found() {
    let source = database().await;
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    load(&source.pool, &nudge, 1, 10, 1).await;
    assert_eq!(log_is_whole(&source.pool).await, 10);
    relay.stop().await;
    let mut conn = source.pool.acquire().await.unwrap();
    for position in [1, 5, 10] {
        let mut tx = conn.begin().await.unwrap();
        sqlx::query("set local session_replication_role = replica")
            .execute(&mut *tx)
            .await
            .unwrap();
        sqlx::query("delete from eventlog.event_log where position = $1")
            .bind(position)
            .execute(&mut *tx)
            .await
            .unwrap();
        assert!(
            matches!(
                eventlog::verify(&mut tx).await,
                Err(eventlog::Broken::Gap { count: 9, .. })
            ),
            "{position}"
        );
        tx.rollback().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_leaves_neither_an_event_nor_a_gap() {
    let source = database().await;
    let (client, nudge) = (nowhere().await, Nudge::new());
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let counter = Uuid::now_v7();
    for n in 0..6 {
        let mut tx = source.pool.begin().await.unwrap();
        step(&mut tx, counter).await.unwrap();
        if n % 2 == 0 {
            tx.rollback().await.unwrap()
        } else {
            tx.commit().await.unwrap()
        }
        nudge.wake();
    }
    assert_eq!(log_is_whole(&source.pool).await, 3);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_appended_together_keep_their_order() {
    let (source, target) = (database().await, database().await);
    let (client, nudge) = (nowhere().await, Nudge::new());
    let counter = Uuid::now_v7();
    let events: Vec<_> = (1..=100)
        .map(|ordinal| NewEvent::of("Counter", counter, &Counted { ordinal }))
        .collect();
    let mut tx = source.pool.begin().await.unwrap();
    eventlog::append_all(&mut tx, &events, OffsetDateTime::now_utc())
        .await
        .unwrap();
    eventlog::append_all(&mut tx, &[], OffsetDateTime::now_utc())
        .await
        .unwrap();
    sqlx::query("insert into counter values ($1, 100)")
        .bind(counter)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(Recorder),
    ));
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 100);
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_subject_or_message_could_carry_is_refused_at_the_door() {
    let source = database().await;
    let mut conn = source.pool.acquire().await.unwrap();
    let now = OffsetDateTime::now_utc();
    let two_tokens = NewEvent::of("Two.Tokens", Uuid::now_v7(), &Counted { ordinal: 1 });
    assert!(eventlog::append(&mut conn, &two_tokens, now).await.is_err());
    #[derive(Clone, PartialEq, prost::Message)]
    struct Big {
        #[prost(bytes = "vec", tag = "1")]
        bytes: Vec<u8>,
    }
    impl prost::Name for Big {
        const NAME: &'static str = "Big";
        const PACKAGE: &'static str = "cast.counting.v1";
    }
    let big = |size| {
        NewEvent::of(
            "Counter",
            Uuid::now_v7(),
            &Big {
                bytes: vec![7; size],
            },
        )
    };
    assert!(
        eventlog::append(&mut conn, &big(512 << 10), now)
            .await
            .is_err()
    );
    assert!(
        eventlog::append(&mut conn, &big(500 << 10), now)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_applies_everything_again_from_the_first_event() {
    let Pair {
        source,
        target,
        nudge,
        relay,
        consumer,
        nats: _nats,
        client: _client,
    } = pair().await;
    load(&source.pool, &nudge, 2, 50, 3).await;
    all_is_applied(&source.pool, &target.pool).await;

    let mut tx = target.pool.begin().await.unwrap();
    eventlog::reset(&mut tx, "test.recorder").await.unwrap();
    sqlx::query("truncate applied")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    load(&source.pool, &nudge, 2, 50, 3).await;
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 200);
    consumer.stop().await;
    relay.stop().await;
}
