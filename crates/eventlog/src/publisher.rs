//! Publishes to JetStream, separate from the relay and without a database: the log continues while NATS is unavailable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_nats::{
    Client,
    connection::State,
    jetstream::{
        self,
        context::{ContextBuilder, PublishError, PublishErrorKind},
        stream,
    },
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    envelope::{headers, stream_name, subject},
    event::Event,
    faults::Faults,
    metrics,
    nudge::Nudge,
    retry::Backoff,
    seal::Seals,
    settings::RelaySettings,
    trace,
};

/// JetStream's deduplication window; consumers drop later duplicates.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A task that publishes batches in order and retries each without limit. Stops when dropped.
pub(crate) struct Publisher {
    batches: mpsc::Sender<Vec<Event>>,
    published: Arc<AtomicI64>,
    _task: AbortOnDropHandle<()>,
}

/// Capacity for one more batch.
pub(crate) type Slot<'a> = mpsc::Permit<'a, Vec<Event>>;

impl Publisher {
    /// Publishes the events after position `published`. `done` is woken after each batch.
    pub(crate) fn start(
        nats: &Client,
        source: &'static str,
        settings: &RelaySettings,
        seals: &Seals,
        published: i64,
        done: Nudge,
        faults: Faults,
    ) -> Self {
        // One batch in flight and one queued: more would only use memory.
        let (batches, queue) = mpsc::channel(1);
        let published = Arc::new(AtomicI64::new(published));
        let worker = Worker {
            jetstream: ContextBuilder::new()
                .timeout(Duration::from_secs(3))
                .build(nats.clone()),
            nats: nats.clone(),
            stream: stream_config(source, settings),
            stream_check: settings.stream_check,
            source,
            seals: seals.clone(),
            published: Arc::clone(&published),
            done,
            faults,
        };
        let task = AbortOnDropHandle::new(tokio::spawn(worker.run(queue)));
        Self {
            batches,
            published,
            _task: task,
        }
    }

    /// The last position up to which everything has been acknowledged.
    pub(crate) fn published(&self) -> i64 {
        self.published.load(Ordering::Acquire)
    }

    pub(crate) fn slot(&self) -> Option<Slot<'_>> {
        self.batches.try_reserve().ok()
    }
}

struct Worker {
    jetstream: jetstream::Context,
    nats: Client,
    stream: stream::Config,
    stream_check: Duration,
    source: &'static str,
    seals: Seals,
    published: Arc<AtomicI64>,
    done: Nudge,
    faults: Faults,
}

impl Worker {
    async fn run(self, mut queue: mpsc::Receiver<Vec<Event>>) {
        // Consumers can only follow a stream that exists. So it is created without waiting for an event, as often as that
        // takes (a cluster of NATS refuses until it has elected a leader), and looked for while no event comes.
        let mut settled = false;
        loop {
            if !settled {
                self.connected().await;
                settled = self.heal_stream().await;
            }
            match timeout(self.stream_check, queue.recv()).await {
                Ok(Some(batch)) => self.publish_and_report(&batch).await,
                Ok(None) => return,
                Err(_) => settled &= self.stream_is_there().await,
            }
        }
    }

    async fn publish_and_report(&self, batch: &[Event]) {
        self.publish(batch).await;
        self.faults.reach("published, not recorded").await;
        if let Some(last) = batch.last() {
            self.published.store(last.position, Ordering::Release);
        }
        self.done.wake();
    }

    /// Publishes a whole batch, with unlimited retries.
    async fn publish(&self, mut events: &[Event]) {
        let mut backoff = Backoff::new();
        // The task is aborted, not cancelled.
        let never = CancellationToken::new();
        loop {
            self.connected().await;
            let (acknowledged, failure) = self.try_publish(events).await;
            events = &events[acknowledged..];
            let (Some(error), Some(first)) = (failure, events.first()) else {
                return;
            };
            metrics::publish_failed(self.source);
            tracing::warn!(source = self.source, position = first.position, %error, "not published");
            match error.kind() {
                // It can never be published. Consumers read it from the log when they see the gap.
                PublishErrorKind::MaxPayloadExceeded => events = &events[1..],
                PublishErrorKind::StreamNotFound => {
                    // The next attempt shows whether it worked.
                    let _ = self.heal_stream().await;
                    backoff.pause(&never).await;
                }
                _ => backoff.pause(&never).await,
            }
        }
    }

    /// Sends everything, then collects the acknowledgements: one round trip in total. Returns how many were
    /// acknowledged without interruption, and the error that interrupted them.
    async fn try_publish(&self, events: &[Event]) -> (usize, Option<PublishError>) {
        let mut failure = None;
        let mut acks = Vec::with_capacity(events.len());
        for event in events {
            let span = trace::publishing(event);
            let message = (
                subject(event),
                headers(event, &self.seals),
                event.payload.clone(),
            );
            match self
                .jetstream
                .publish_with_headers(message.0, message.1, message.2)
                .await
            {
                Ok(ack) => acks.push((ack, span)),
                Err(error) => {
                    trace::failed([&span]);
                    failure = Some(error);
                    break;
                }
            }
        }
        let sent = acks.len();
        let mut acks = acks.into_iter().enumerate();
        // A span ends with the acknowledgement of its message.
        while let Some((acknowledged, (ack, span))) = acks.next() {
            if let Err(error) = ack.await {
                let rest = acks.map(|(_, (_, span))| span);
                trace::failed(&[span].into_iter().chain(rest).collect::<Vec<_>>());
                return (acknowledged, Some(error));
            }
        }
        (sent, failure)
    }

    /// Publishing without a connection would only fill buffers.
    async fn connected(&self) {
        while self.nats.connection_state() != State::Connected {
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Creates the stream, or restores its settings. Returns whether that succeeded.
    async fn heal_stream(&self) -> bool {
        let healed = self
            .jetstream
            .create_or_update_stream(self.stream.clone())
            .await;
        if let Err(error) = &healed {
            tracing::warn!(stream = self.stream.name, %error, "the stream could not be created or updated");
        }
        healed.is_ok()
    }

    /// Only looks: an update, even to the same settings, is a decision of the whole cluster.
    async fn stream_is_there(&self) -> bool {
        self.jetstream.get_stream(&self.stream.name).await.is_ok()
    }
}

fn stream_config(source: &str, settings: &RelaySettings) -> stream::Config {
    stream::Config {
        name: stream_name(source),
        description: Some("Recent events; the whole log is in PostgreSQL.".to_owned()),
        subjects: vec![format!("cast.{source}.v1.>")],
        retention: stream::RetentionPolicy::Limits,
        discard: stream::DiscardPolicy::Old,
        storage: stream::StorageType::File,
        num_replicas: settings.replicas,
        max_age: settings.max_age,
        max_bytes: settings.max_bytes,
        duplicate_window: DUPLICATE_WINDOW,
        ..Default::default()
    }
}
