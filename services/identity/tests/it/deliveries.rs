//! Messages on their way to people, and what may go wrong there.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use identity::deliveries::{
    Delivery, Transport, Transports,
    mailbox::Mailbox,
    queue,
    sender::{POLICY, Sender},
};
use jobs::{Next, Outcome, Report, Worker};
use proto_identity::v1::request_code_request::Purpose;
use sqlx::Row as _;
use time::{Duration, OffsetDateTime};

use crate::world::{World, keys, phone};

/// A gateway that behaves as a test wants it to, and remembers the idempotency keys it saw.
#[derive(Default)]
pub struct Gateway {
    pub seen: Mutex<Vec<String>>,
    down: AtomicU32,
    panics: AtomicU32,
    refuses: AtomicU32,
}

#[async_trait]
impl Transport for Gateway {
    async fn send(&self, delivery: &Delivery, _: OffsetDateTime) -> Outcome {
        self.seen
            .lock()
            .unwrap()
            .push(delivery.idempotency_key.clone());
        assert!(
            self.panics.load(Ordering::SeqCst) == 0,
            "as the test wants it"
        );
        if self.refuses.load(Ordering::SeqCst) > 0 {
            return Outcome::Refused("HTTP 400".to_owned());
        }
        match self.down.load(Ordering::SeqCst) {
            0 => Outcome::Done,
            _ => Outcome::Failed("HTTP 503".to_owned()),
        }
    }
}

pub fn sender(world: &World, way: Arc<dyn Transport>) -> Worker {
    let transports = Transports {
        sms: way.clone(),
        mail: way,
    };
    Sender {
        transports,
        ..world.sender.clone()
    }
    .worker()
}

pub async fn state(world: &World) -> (String, i32, String) {
    let row = sqlx::query("select state, attempts, last_error from jobs.jobs")
        .fetch_one(world.pool())
        .await
        .unwrap();
    (row.get(0), row.get(1), row.get(2))
}

async fn queued(world: &World) -> Arc<Gateway> {
    world
        .browser()
        .request_code(Purpose::SignUp, &phone())
        .await
        .unwrap();
    Arc::new(Gateway::default())
}

#[tokio::test]
async fn a_message_is_sent_once_and_its_content_erased() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    let sender = sender(&world, gateway.clone());
    assert_eq!(sender.run_due().await.unwrap(), 1);
    assert_eq!(sender.run_due().await.unwrap(), 0);
    assert_eq!(state(&world).await, ("done".to_owned(), 1, String::new()));
    let left = world
        .count("select count(*) from jobs.jobs where payload is not null")
        .await;
    assert_eq!(left, 0);
    assert_eq!(gateway.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn when_the_worker_dies_between_sending_and_recording_another_sends_again_under_the_same_key()
{
    let world = World::new().await;
    let gateway = queued(&world).await;
    // A worker that claims the message, hands it over, and dies before it says so.
    let mut conn = world.pool().acquire().await.unwrap();
    let sms = [("sms", POLICY.lease())];
    let claimed = jobs::store::claim(&mut conn, &sms, 16, world.clock.now())
        .await
        .unwrap();
    let delivery = queue::read(&claimed[0], &keys()).unwrap();
    assert_eq!(
        gateway.send(&delivery, world.clock.now()).await,
        Outcome::Done
    );

    let sender = sender(&world, gateway.clone());
    assert_eq!(sender.run_due().await.unwrap(), 0, "the lease still runs");
    world.wait(Duration::seconds(60));
    assert_eq!(sender.run_due().await.unwrap(), 1);
    assert_eq!(state(&world).await, ("done".to_owned(), 2, String::new()));
    let seen = gateway.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0], seen[1], "so the receiving side drops the second");

    // The dead one comes back to life: what it has to say is too late.
    let late = Report {
        job_id: claimed[0].job_id,
        fence: claimed[0].fence,
        next: Next::Dead("late".to_owned()),
    };
    let recorded = jobs::store::finish(&mut conn, &[late], world.clock.now()).await;
    assert!(recorded.unwrap().is_empty());
    assert_eq!(state(&world).await.0, "done");
}

#[tokio::test]
async fn workers_at_the_same_time_send_each_message_once() {
    let world = World::new().await;
    for _ in 0..40 {
        world
            .browser()
            .request_code(Purpose::SignUp, &phone())
            .await
            .unwrap();
    }
    let gateway = Arc::new(Gateway::default());
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let sender = sender(&world, gateway.clone());
            tokio::spawn(async move { while sender.run_due().await.unwrap() > 0 {} })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let mut seen = gateway.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 40);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40);
}

#[tokio::test]
async fn a_gateway_that_is_down_is_tried_again_later_and_then_given_up() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    // Long enough to be given up for the number of tries.
    world
        .execute("update jobs.jobs set expires_at = expires_at + interval '1 day'")
        .await;
    let sender = sender(&world, gateway.clone());
    gateway.down.store(1, Ordering::SeqCst);
    for attempt in 1..POLICY.most_attempts {
        assert_eq!(sender.run_due().await.unwrap(), 1);
        assert_eq!(sender.run_due().await.unwrap(), 0, "not at once");
        assert_eq!(
            state(&world).await,
            ("queued".to_owned(), attempt, "HTTP 503".to_owned())
        );
        world.wait(Duration::minutes(10));
    }
    sender.run_due().await.unwrap();
    assert_eq!(
        state(&world).await,
        (
            "dead".to_owned(),
            POLICY.most_attempts,
            "HTTP 503".to_owned()
        )
    );
    world.wait(Duration::hours(1));
    assert_eq!(sender.run_due().await.unwrap(), 0);
}

#[tokio::test]
async fn a_gateway_that_comes_back_gets_the_message() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    let sender = sender(&world, gateway.clone());
    gateway.down.store(1, Ordering::SeqCst);
    sender.run_due().await.unwrap();
    gateway.down.store(0, Ordering::SeqCst);
    world.wait(Duration::seconds(3));
    sender.run_due().await.unwrap();
    assert_eq!(state(&world).await, ("done".to_owned(), 2, String::new()));
}

#[tokio::test]
async fn a_code_that_has_expired_is_not_sent_any_more() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    world.wait(Duration::minutes(10));
    sender(&world, gateway.clone()).run_due().await.unwrap();
    assert_eq!(state(&world).await.0, "dead");
    assert!(gateway.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_message_that_is_refused_or_cannot_be_read_is_given_up_and_the_others_go_on() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    world
        .execute("update jobs.jobs set payload = '\\x01deadbeef'")
        .await;
    world
        .browser()
        .request_code(Purpose::SignUp, &phone())
        .await
        .unwrap();
    sender(&world, gateway.clone()).run_due().await.unwrap();
    let states: Vec<String> =
        sqlx::query_scalar("select state from jobs.jobs order by created_at, job_id")
            .fetch_all(world.pool())
            .await
            .unwrap();
    assert_eq!(states, ["dead", "done"]);
    assert_eq!(gateway.seen.lock().unwrap().len(), 1);

    let world = World::new().await;
    let gateway = queued(&world).await;
    gateway.refuses.store(1, Ordering::SeqCst);
    sender(&world, gateway.clone()).run_due().await.unwrap();
    assert_eq!(
        state(&world).await,
        ("dead".to_owned(), 1, "HTTP 400".to_owned())
    );
}

#[tokio::test]
async fn a_message_that_kills_its_worker_is_given_up_in_the_end() {
    let world = World::new().await;
    let gateway = queued(&world).await;
    world
        .execute("update jobs.jobs set expires_at = expires_at + interval '1 day'")
        .await;
    gateway.panics.store(1, Ordering::SeqCst);
    let sender = sender(&world, gateway.clone());
    for _ in 0..POLICY.most_attempts {
        assert_eq!(sender.run_due().await.unwrap(), 1);
        assert_eq!(state(&world).await.0, "running");
        world.wait(Duration::seconds(60));
    }
    sender.run_due().await.unwrap();
    assert_eq!(state(&world).await.0, "dead");
    assert_eq!(
        gateway.seen.lock().unwrap().len(),
        usize::try_from(POLICY.most_attempts).unwrap()
    );
}

#[tokio::test]
async fn the_mailbox_of_development_holds_messages_as_files() {
    let world = World::new().await;
    let folder = std::env::temp_dir().join(format!("cast-mailbox-{}", uuid::Uuid::now_v7()));
    let sender = sender(&world, Arc::new(Mailbox::new(&folder).unwrap()));
    let number = phone();
    world
        .browser()
        .request_code(Purpose::SignUp, &number)
        .await
        .unwrap();
    sender.run_due().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let message: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        (
            message["to"].as_str().unwrap(),
            message["kind"].as_str().unwrap()
        ),
        (format!("+86{number}").as_str(), "sms")
    );
    let code = message["code"].as_str().unwrap();
    assert!(code.len() == 6 && message["text"].as_str().unwrap().contains(code));
    assert_eq!(message["at"], "2026-11-21T02:00:00Z");
}

#[tokio::test]
async fn the_worker_sends_when_it_is_woken_and_stops_when_told() {
    let world = World::new().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(
        Sender {
            wake_up: world.parts.deliveries.clone(),
            ..world.sender.clone()
        }
        .worker()
        .run(stop.clone()),
    );
    world
        .browser()
        .request_code(Purpose::SignUp, &phone())
        .await
        .unwrap();
    for _ in 0..200 {
        if world.outbox.0.lock().unwrap().len() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(world.outbox.0.lock().unwrap().len(), 1);
    stop.cancel();
    running.await.unwrap();
}
