//! Events that cannot be applied.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use eventlog::{ApplyError, Event, EventLogService, Handler, Nudge};
use proto_eventlog::v1::{
    ListQuarantinedRequest, ReplayQuarantinedRequest, ReplayQuarantinedResponse,
    event_log_server::EventLog as _,
};
use sqlx::{PgConnection, PgPool};
use tonic::Request;
use uuid::Uuid;

use crate::world::*;

/// Fails on the third event of some counters, for various reasons, until it is fixed.
#[derive(Default)]
struct Fragile {
    mended: AtomicBool,
    how: Mutex<HashMap<Uuid, How>>,
    committed: Mutex<Vec<i64>>,
}

#[derive(Clone, Copy)]
enum How {
    Says,
    Violates,
    Panics,
    AbortsTransactionAndSays,
}

#[async_trait::async_trait]
impl Handler for Fragile {
    fn name(&self) -> &'static str {
        "test.fragile"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        // Done first, to verify that it is rolled back when the rest fails.
        record(conn, event).await?;
        let how = self.how.lock().unwrap().get(&event.aggregate_id).copied();
        if self.mended.load(Ordering::SeqCst) || event.decode::<Counted>()?.ordinal != 3 {
            return Ok(());
        }
        match how {
            None => Ok(()),
            Some(How::Says) => Err(ApplyError::Poison("three is not a number".to_owned())),
            Some(How::Panics) => panic!("a bug in the handler"),
            Some(How::Violates) => {
                sqlx::query("insert into counter values (null, 1)")
                    .execute(conn)
                    .await?;
                Ok(())
            }
            Some(How::AbortsTransactionAndSays) => {
                let failed = sqlx::query("select 1 / 0").execute(conn).await;
                Err(ApplyError::Poison(format!("{}", failed.is_err())))
            }
        }
    }

    async fn committed(&self, _: &str, position: i64) {
        self.committed.lock().unwrap().push(position);
    }
}

async fn order_is_kept(target: &PgPool, counter: Uuid) -> Vec<i64> {
    let ordinals: Vec<i64> =
        sqlx::query_scalar("select ordinal from applied where aggregate_id = $1 order by nth")
            .bind(counter)
            .fetch_all(target)
            .await
            .unwrap();
    let expected: Vec<i64> = (1..=ordinals.len() as i64).collect();
    assert_eq!(ordinals, expected);
    ordinals
}

async fn replay(service: &EventLogService) -> ReplayQuarantinedResponse {
    let request = Request::new(ReplayQuarantinedRequest {
        source: SOURCE.to_owned(),
    });
    service
        .replay_quarantined(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_is_quarantined_with_what_is_behind_it_and_replayed_once_mended() {
    let (source, target, nats) = (database().await, database().await, testkit::nats().await);
    let (client, nudge) = (connect(&nats).await, Nudge::new());
    let handler = Arc::new(Fragile::default());
    let (says, violates, panics, aborts, healthy) = (
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
    );
    handler.how.lock().unwrap().extend([
        (says, How::Says),
        (violates, How::Violates),
        (panics, How::Panics),
        (aborts, How::AbortsTransactionAndSays),
    ]);
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        handler.clone(),
    ));
    let service = EventLogService::new(target.pool.clone(), "fragile", vec![handler.clone()]);

    // Three rounds at once, then slowly: in one batch and in several.
    for round in 0..6 {
        for counter in [says, healthy, violates, panics, aborts] {
            count(&source.pool, counter).await.unwrap();
        }
        if round >= 2 {
            nudge.wake();
            until("the round is looked at", async || {
                consumer.status.borrow().checkpoint == 5 * (round + 1)
            })
            .await;
        }
    }
    until("all is looked at", async || {
        consumer.status.borrow().checkpoint == 30
    })
    .await;
    until("the alarm is on", async || {
        consumer.status.borrow().quarantined == 16
    })
    .await;

    // The healthy counter continued, the others stopped before their third event, with no trace of it.
    assert_eq!(order_is_kept(&target.pool, healthy).await.len(), 6);
    for counter in [says, violates, panics, aborts] {
        assert_eq!(order_is_kept(&target.pool, counter).await.len(), 2);
    }

    // It is visible, with the reason.
    let listed = service
        .list_quarantined(Request::new(ListQuarantinedRequest {}))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((listed.total, listed.events.len()), (16, 16));
    let error = |counter: Uuid| {
        let of = |q: &&proto_eventlog::v1::QuarantinedEvent| {
            q.event.as_ref().unwrap().aggregate_id == counter.to_string()
        };
        let mine: Vec<_> = listed.events.iter().filter(of).collect();
        assert_eq!(mine.len(), 4);
        assert!(mine.iter().all(|q| q.consumer == "test.fragile"
            && q.attempts == 1
            && q.quarantined_at.is_some()));
        assert!(mine[1].error.contains("behind"));
        mine[0].error.clone()
    };
    assert_eq!(error(says), "three is not a number");
    assert!(error(violates).contains("null value") && error(violates).contains("SQLSTATE 23502"));
    assert!(error(panics).contains("panicked"));
    assert_eq!(error(aborts), "true");

    // Nothing is fixed: a replay changes only the count of attempts.
    assert_eq!(
        replay(&service).await,
        ReplayQuarantinedResponse {
            applied: 0,
            remaining: 16
        }
    );
    let listed = service
        .list_quarantined(Request::new(ListQuarantinedRequest {}))
        .await
        .unwrap()
        .into_inner();
    let attempts: Vec<_> = listed.events.iter().map(|q| q.attempts).collect();
    assert_eq!(
        attempts.iter().filter(|a| **a == 2).count(),
        4,
        "the four that are to blame"
    );
    assert_eq!(attempts.iter().filter(|a| **a == 1).count(), 12);

    // One is fixed: it continues, unaffected by the others.
    handler.how.lock().unwrap().remove(&panics);
    assert_eq!(
        replay(&service).await,
        ReplayQuarantinedResponse {
            applied: 4,
            remaining: 12
        }
    );
    assert_eq!(order_is_kept(&target.pool, panics).await.len(), 6);

    // All are fixed, and more events arrive during the replay.
    handler.mended.store(true, Ordering::SeqCst);
    let more = async {
        for _ in 0..20 {
            for counter in [says, healthy, violates, panics, aborts] {
                count(&source.pool, counter).await.unwrap();
            }
            nudge.wake();
        }
    };
    let replaying = async {
        let mut applied = 0;
        until("the quarantine is empty", async || {
            let replayed = replay(&service).await;
            applied += replayed.applied;
            replayed.remaining == 0
        })
        .await;
        applied
    };
    let ((), applied) = tokio::join!(more, replaying);
    assert!(applied >= 12);
    until("the alarm is off", async || {
        let status = consumer.status.borrow().clone();
        (status.checkpoint, status.quarantined) == (130, 0)
    })
    .await;
    for counter in [says, violates, panics, aborts, healthy] {
        assert_eq!(
            order_is_kept(&target.pool, counter).await.len(),
            26,
            "nothing lost, nothing twice, in order"
        );
    }
    assert_eq!(log_is_whole(&source.pool).await, 130);
    assert!(handler.committed.lock().unwrap().contains(&130));
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_leaves_alone_what_no_handler_here_can_apply() {
    let target = database().await;
    sqlx::query(
        "insert into eventlog.quarantine
         values ('gone.consumer', 'counting', 1, gen_random_uuid(), 'Counter', gen_random_uuid(), 'Counted', '', now(), null, 'why')",
    )
    .execute(&target.pool)
    .await
    .unwrap();
    let service = EventLogService::new(target.pool.clone(), "fragile", vec![Arc::new(Recorder)]);
    assert_eq!(
        replay(&service).await,
        ReplayQuarantinedResponse {
            applied: 0,
            remaining: 1
        }
    );
}

/// A handler that applies a batch with one statement, with a bad event in the middle.
struct InBulk;

#[async_trait::async_trait]
impl Handler for InBulk {
    fn name(&self) -> &'static str {
        "test.bulk"
    }

    async fn apply(&self, conn: &mut PgConnection, event: &Event) -> Result<(), ApplyError> {
        if event.decode::<Counted>()?.ordinal == 5 {
            return Err(ApplyError::Poison("five".to_owned()));
        }
        record(conn, event).await
    }

    async fn apply_batch(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        for event in events {
            record(conn, event).await?;
        }
        match events
            .iter()
            .any(|e| e.decode::<Counted>().is_ok_and(|c| c.ordinal == 5))
        {
            true => Err(ApplyError::Poison("one of them".to_owned())),
            false => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_with_poison_in_it_is_undone_and_done_again_one_by_one() {
    let (source, target) = (database().await, database().await);
    let (client, nudge) = (nowhere().await, Nudge::new());
    let (bad, good) = (Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..8 {
        count(&source.pool, bad).await.unwrap();
    }
    for _ in 0..4 {
        count(&source.pool, good).await.unwrap();
    }
    let relay = start_relay(relay(&source.pool, &client, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &client,
        &source.pool,
        Arc::new(InBulk),
    ));
    until("all is looked at", async || {
        consumer.status.borrow().checkpoint == 12
    })
    .await;
    assert_eq!(order_is_kept(&target.pool, bad).await.len(), 4);
    assert_eq!(order_is_kept(&target.pool, good).await.len(), 4);
    assert_eq!(
        number(&target.pool, "select count(*) from eventlog.quarantine").await,
        4
    );
    consumer.stop().await;
    relay.stop().await;
}
