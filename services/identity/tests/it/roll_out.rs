//! The roll-out of the release that made deliveries jobs, beside the one before.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use identity::deliveries::{Delivery, Transport, store};
use jobs::Outcome;
use time::{Duration, OffsetDateTime};

use crate::{
    deliveries::{Gateway, sender, state},
    world::{World, keys},
};

/// The program of the release before, which still runs during a roll-out: it writes and sends from its own table.
mod former {
    use identity::deliveries::Content;
    use kit::crypto::Keys;
    use sqlx::PgConnection;
    use time::{Duration, OffsetDateTime};
    use uuid::Uuid;

    pub async fn enqueue(conn: &mut PgConnection, keys: &Keys, key: &str, now: OffsetDateTime) {
        let id = Uuid::now_v7();
        let content = Content {
            subject: "主题".to_owned(),
            text: key.to_owned(),
            code: None,
        };
        let body = serde_json::to_vec(&content).unwrap();
        let recipient = keys.seal(
            "identity.delivery.recipient",
            id.as_bytes(),
            b"+8613800138000",
        );
        sqlx::query(
            "insert into deliveries (delivery_id, kind, recipient_sealed, body_sealed, idempotency_key, next_at, expires_at, created_at)
             values ($1, 'sms', $2, $3, $4, $5, $6, $5)",
        )
        .bind(id)
        .bind(recipient)
        .bind(keys.seal("identity.delivery.body", id.as_bytes(), &body))
        .bind(key)
        .bind(now)
        .bind(now + Duration::minutes(10))
        .execute(conn)
        .await
        .unwrap();
    }

    /// Its claim; returns id, number of the try and key.
    pub async fn claim(conn: &mut PgConnection, now: OffsetDateTime) -> Vec<(Uuid, i32, String)> {
        sqlx::query_as(
            "update deliveries set state = 'sending', attempts = attempts + 1, next_at = $2
             where delivery_id = any(array(
                 select delivery_id from deliveries
                 where state in ('queued', 'sending') and next_at <= $1
                 order by next_at limit $3 for update skip locked))
             returning delivery_id, attempts, idempotency_key",
        )
        .bind(now)
        .bind(now + Duration::seconds(60))
        .bind(4_i64)
        .fetch_all(conn)
        .await
        .unwrap()
    }

    /// Its report of success; whether the message was still its own.
    pub async fn sent(
        conn: &mut PgConnection,
        id: Uuid,
        attempts: i32,
        now: OffsetDateTime,
    ) -> bool {
        sqlx::query(
            "update deliveries set state = 'sent', finished_at = $3, last_error = '', recipient_sealed = null, body_sealed = null
             where delivery_id = $1 and attempts = $2 and state = 'sending'",
        )
        .bind(id)
        .bind(attempts)
        .bind(now)
        .execute(conn)
        .await
        .unwrap()
        .rows_affected()
            == 1
    }
}

/// Remembers what the messages said.
#[derive(Default)]
struct Texts(Mutex<Vec<String>>);

#[async_trait]
impl Transport for Texts {
    async fn send(&self, delivery: &Delivery, _: OffsetDateTime) -> Outcome {
        self.0.lock().unwrap().push(delivery.content.text.clone());
        Outcome::Done
    }
}

#[tokio::test]
async fn while_both_releases_run_every_message_is_sent_and_none_twice() {
    const MESSAGES: usize = 200;
    let world = World::new().await;
    let gateway = Arc::new(Gateway::default());
    let worker = sender(&world, gateway.clone());
    let (pool, now) = (world.pool().clone(), world.clock.now());
    let written = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (pool, written) = (pool.clone(), written.clone());
        async move {
            for nth in 0..MESSAGES {
                let mut conn = pool.acquire().await.unwrap();
                former::enqueue(&mut conn, &keys(), &format!("code:{nth}"), now).await;
            }
            written.store(true, Ordering::SeqCst);
        }
    });
    let sending = tokio::spawn({
        let (pool, gateway, written) = (pool.clone(), gateway.clone(), written.clone());
        async move {
            loop {
                let last = written.load(Ordering::SeqCst);
                let mut conn = pool.acquire().await.unwrap();
                let claimed = former::claim(&mut conn, now).await;
                if claimed.is_empty() && last {
                    return;
                }
                for (id, attempts, key) in claimed {
                    gateway.seen.lock().unwrap().push(key);
                    assert!(former::sent(&mut conn, id, attempts, now).await);
                }
            }
        }
    });
    let mut adopted = 0;
    loop {
        let last = written.load(Ordering::SeqCst);
        let mut conn = pool.acquire().await.unwrap();
        let moved = store::adopt(&mut conn, now).await.unwrap();
        adopted += moved;
        let ran = worker.run_due().await.unwrap();
        if last && moved == 0 && ran == 0 {
            break;
        }
    }
    writing.await.unwrap();
    sending.await.unwrap();
    let mut seen = gateway.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), MESSAGES);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), MESSAGES);
    assert!(adopted > 0, "the releases share the work");
    let left = world
        .count("select (select count(*) from deliveries where state <> 'sent') + (select count(*) from jobs.jobs where state <> 'done')")
        .await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_message_that_a_former_worker_holds_is_taken_over_with_its_tries_after_its_lease() {
    let world = World::new().await;
    let gateway = Arc::new(Gateway::default());
    let worker = sender(&world, gateway.clone());
    let mut conn = world.pool().acquire().await.unwrap();
    former::enqueue(&mut conn, &keys(), "code:held", world.clock.now()).await;
    let held = former::claim(&mut conn, world.clock.now()).await;
    assert_eq!(store::adopt(&mut conn, world.clock.now()).await.unwrap(), 0);
    world.wait(Duration::seconds(60));
    assert_eq!(store::adopt(&mut conn, world.clock.now()).await.unwrap(), 1);
    let late = former::sent(&mut conn, held[0].0, held[0].1, world.clock.now()).await;
    assert!(!late, "it has lost its lease");
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(state(&world).await, ("done".to_owned(), 2, String::new()));
    assert_eq!(*gateway.seen.lock().unwrap(), ["code:held"]);
}

#[tokio::test]
async fn what_the_former_release_gave_up_stays_given_up_and_can_be_retried() {
    let world = World::new().await;
    let texts = Arc::new(Texts::default());
    let worker = sender(&world, texts.clone());
    let mut conn = world.pool().acquire().await.unwrap();
    former::enqueue(&mut conn, &keys(), "code:dead", world.clock.now()).await;
    world
        .execute("update deliveries set state = 'dead', attempts = 8, last_error = 'HTTP 400', finished_at = created_at")
        .await;
    assert_eq!(store::adopt(&mut conn, world.clock.now()).await.unwrap(), 1);
    assert_eq!(worker.run_due().await.unwrap(), 0);
    assert_eq!(
        state(&world).await,
        ("dead".to_owned(), 8, "HTTP 400".to_owned())
    );
    let dead = jobs::operate::list(&mut conn, "sms", jobs::State::Dead, None, 10)
        .await
        .unwrap();
    let retried = jobs::operate::retry(&mut conn, dead[0].job_id, world.clock.now()).await;
    assert!(retried.unwrap());
    assert_eq!(worker.run_due().await.unwrap(), 1);
    assert_eq!(*texts.0.lock().unwrap(), ["code:dead"]);
}
