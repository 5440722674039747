//! A NATS that loses, repeats and reorders.

use std::{sync::Arc, time::Duration};

use async_nats::{
    Client, HeaderMap,
    jetstream::{self, consumer::pull},
};
use bytes::Bytes;
use eventlog::{Nudge, stream_name};
use futures::StreamExt as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use crate::world::*;

/// Two NATS servers: the relay publishes to one, the consumer subscribes to the other, and a test decides what is
/// forwarded.
struct Wire {
    _servers: (testkit::Nats, testkit::Nats),
    near: Client,
    far: Client,
}

type Message = (String, HeaderMap, Bytes);

impl Wire {
    async fn new() -> Self {
        let servers = (testkit::nats().await, testkit::nats().await);
        let (near, far) = (connect(&servers.0).await, connect(&servers.1).await);
        // Practically no deduplication window: duplicates arrive.
        let config = jetstream::stream::Config {
            name: stream_name(SOURCE),
            subjects: vec![format!("cast.{SOURCE}.v1.>")],
            duplicate_window: Duration::from_millis(100),
            ..Default::default()
        };
        until("the far stream is there", async || {
            jetstream::new(far.clone())
                .create_stream(config.clone())
                .await
                .is_ok()
        })
        .await;
        Self {
            _servers: servers,
            near,
            far,
        }
    }

    /// What the relay publishes, in order.
    async fn published(&self) -> impl futures::Stream<Item = Message> + Unpin + use<> {
        let jetstream = jetstream::new(self.near.clone());
        until("the relay has made its stream", async || {
            jetstream.get_stream(stream_name(SOURCE)).await.is_ok()
        })
        .await;
        let stream = jetstream.get_stream(stream_name(SOURCE)).await.unwrap();
        let consumer = stream
            .create_consumer(pull::OrderedConfig::default())
            .await
            .unwrap();
        consumer.messages().await.unwrap().map(|message| {
            let message = message.unwrap().message;
            let mut headers = HeaderMap::new();
            for (name, values) in message.headers.unwrap().iter() {
                if name.to_string() != "Nats-Msg-Id" {
                    headers.insert(name.clone(), values[0].clone());
                }
            }
            (message.subject.to_string(), headers, message.payload)
        })
    }

    async fn deliver(&self, (subject, headers, payload): Message) {
        let jetstream = jetstream::new(self.far.clone());
        jetstream
            .publish_with_headers(subject, headers, payload)
            .await
            .unwrap()
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_a_reordered_and_a_lost_message_do_no_harm() {
    let (source, target, wire) = (database().await, database().await, Wire::new().await);
    let nudge = Nudge::new();
    let relay = start_relay(relay(&source.pool, &wire.near, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &wire.far,
        &source.pool,
        Arc::new(Recorder),
    ));
    until("it is live", async || consumer.status.borrow().live).await;
    let mut published = wire.published().await;
    let counter = Uuid::now_v7();
    let mut messages = Vec::new();
    for _ in 0..10 {
        count(&source.pool, counter).await.unwrap();
        nudge.wake();
        messages.push(published.next().await.unwrap());
    }
    // 1, 1 again, 3 before 2, 4 lost, 5 … 9 with 5 again at the end, 10 lost with nothing behind it.
    for nth in [1, 1, 3, 2, 5, 6, 7, 8, 9, 5] {
        wire.deliver(messages[nth - 1].clone()).await;
    }
    // Forged messages on the subject: no headers, and a position far ahead.
    let (subject, mut headers, payload) = messages[9].clone();
    wire.deliver((subject.clone(), HeaderMap::new(), payload.clone()))
        .await;
    headers.insert("ce-position", "1000000");
    wire.deliver((subject, headers, payload)).await;
    // And a forged message with the right position: the next event.
    let (subject, mut headers, payload) = messages[9].clone();
    headers.insert("ce-id", Uuid::now_v7().to_string());
    wire.deliver((subject.clone(), headers.clone(), payload.clone()))
        .await;
    headers.insert("ce-position", "11");
    wire.deliver((subject.clone(), headers.clone(), payload.clone()))
        .await;
    headers.insert("cast-seal", "00".repeat(32));
    wire.deliver((subject, headers, payload)).await;

    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 10);
    assert!(!consumer.status.borrow().diverged);
    consumer.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_wire_does_everything_is_applied_once_and_in_order() {
    let (source, target, wire) = (database().await, database().await, Wire::new().await);
    let nudge = Nudge::new();
    let relay = start_relay(relay(&source.pool, &wire.near, &nudge));
    let consumer = start_consumer(consumer(
        &target.pool,
        &wire.far,
        &source.pool,
        Arc::new(Recorder),
    ));
    until("it is live", async || consumer.status.borrow().live).await;
    let mut published = wire.published().await;
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mangling = async {
        let mut random = StdRng::seed_from_u64(seed);
        let mut late: Vec<Message> = Vec::new();
        for _ in 0..1000 {
            let message = published.next().await.unwrap();
            match random.random_range(0..10) {
                0 => {}
                1 => late.push(message),
                2 => {
                    wire.deliver(message.clone()).await;
                    wire.deliver(message).await;
                }
                _ => wire.deliver(message).await,
            }
            if random.random_range(0..10) == 0 {
                for message in late.drain(..).rev() {
                    wire.deliver(message).await;
                }
            }
        }
    };
    tokio::join!(mangling, load(&source.pool, &nudge, 4, 250, 5));
    assert_eq!(all_is_applied(&source.pool, &target.pool).await, 1000);
    consumer.stop().await;
    relay.stop().await;
}
