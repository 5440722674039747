//! Receives events from JetStream.

use std::time::Duration;

use async_nats::{
    Client,
    connection::State,
    jetstream::{
        self,
        consumer::{AckPolicy, DeliverPolicy, pull},
    },
};
use futures::{StreamExt as _, stream::ReadyChunks};
use tokio::time::timeout;

use crate::{
    envelope::{from_message, stream_name},
    event::Event,
    metrics,
    seal::Seals,
};

/// A live feed of events published from now on. It may lose, repeat and reorder: the checkpoint in PostgreSQL is the
/// only cursor of a consumer, so JetStream keeps none (no durable consumer, no acknowledgements) that could disagree
/// with it.
pub(crate) struct Feed {
    messages: ReadyChunks<pull::Stream>,
    source: String,
    seals: Seals,
}

/// Why there is no feed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoFeed {
    #[error("not connected to NATS")]
    NotConnected,
    #[error("NATS did not answer in time")]
    TimedOut,
    #[error(transparent)]
    Consumer(#[from] jetstream::stream::ConsumerError),
    #[error(transparent)]
    Stream(#[from] jetstream::context::GetStreamError),
    #[error(transparent)]
    Pull(#[from] jetstream::consumer::StreamError),
    #[error(transparent)]
    Lost(#[from] pull::MessagesError),
    #[error("the feed ended")]
    Ended,
}

impl Feed {
    pub(crate) async fn subscribe(
        nats: &Client,
        source: &str,
        seals: &Seals,
        batch: usize,
    ) -> Result<Self, NoFeed> {
        if nats.connection_state() != State::Connected {
            return Err(NoFeed::NotConnected);
        }
        let subscribing = timeout(Duration::from_secs(2), subscribe(nats, source, batch)).await;
        let messages = subscribing.map_err(|_| NoFeed::TimedOut)??;
        Ok(Self {
            messages: messages.ready_chunks(batch),
            source: source.to_owned(),
            seals: seals.clone(),
        })
    }

    /// The next available events, in order of position, each once. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Vec<Event>, NoFeed> {
        let chunk = self.messages.next().await.ok_or(NoFeed::Ended)?;
        let mut events = Vec::with_capacity(chunk.len());
        let mut refused = None;
        for message in chunk {
            // Events before an error are dropped: they are read from the log.
            let message = message?.message;
            let headers = message.headers.as_ref();
            match from_message(headers, message.payload, &self.source, &self.seals) {
                Some(event) => events.push(event),
                None => {
                    metrics::refused(&self.source);
                    refused = Some(message.subject);
                }
            }
        }
        // One line per batch: a flood of messages must not become a flood of log lines.
        if let Some(subject) = refused {
            tracing::error!(source = self.source, %subject, "a message without the seal of its source was ignored");
        }
        events.sort_by_key(|e| e.position);
        events.dedup_by_key(|e| e.position);
        Ok(events)
    }
}

async fn subscribe(nats: &Client, source: &str, batch: usize) -> Result<pull::Stream, NoFeed> {
    let stream = jetstream::new(nats.clone())
        .get_stream_no_info(stream_name(source))
        .await?;
    let consumer = stream
        .create_consumer(pull::Config {
            deliver_policy: DeliverPolicy::New,
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(30),
            memory_storage: true,
            num_replicas: 1,
            ..Default::default()
        })
        .await?;
    // Two missed heartbeats are an error: a dead feed is detected within seconds.
    let messages = consumer
        .stream()
        .max_messages_per_batch(batch)
        .heartbeat(Duration::from_secs(2))
        .expires(Duration::from_secs(30))
        .messages()
        .await?;
    Ok(messages)
}
