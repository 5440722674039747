//! Drives a handler with the events of one source, each exactly once and in order.

use std::{sync::Arc, time::Duration};

use async_nats::Client;
use sqlx::{PgConnection, PgPool};
use tokio::{
    select,
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::{Outcome, apply},
    event::Event,
    faults::Faults,
    feed::{Feed, NoFeed},
    handler::Handler,
    lease::{Lease, Role, in_time},
    metrics,
    retry::Backoff,
    seal::Seals,
    settings::ConsumerSettings,
    source::{Source, SourceError},
    status::ConsumerStatus,
    store,
};

/// Timeout of a call to a source.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(5);

/// Applies the events of one source with one handler. Run one in every replica: one of them is active, the others stand
/// by.
pub struct Consumer {
    pool: PgPool,
    nats: Client,
    source_name: String,
    source: Arc<dyn Source>,
    handler: Arc<dyn Handler>,
    seals: Seals,
    settings: ConsumerSettings,
    lock: String,
    faults: Faults,
    status: watch::Sender<ConsumerStatus>,
}

impl Consumer {
    /// `source_name` is the name of the service that publishes the events, `source` reads its log, `seals`
    /// authenticates its messages.
    pub fn new(
        pool: PgPool,
        nats: Client,
        source_name: impl Into<String>,
        source: Arc<dyn Source>,
        handler: Arc<dyn Handler>,
        seals: Seals,
    ) -> Self {
        let source_name = source_name.into();
        Self {
            lock: format!("eventlog.consumer {} {source_name}", handler.name()),
            pool,
            nats,
            source_name,
            source,
            handler,
            seals,
            settings: ConsumerSettings::default(),
            faults: Faults::default(),
            status: watch::Sender::default(),
        }
    }

    /// Uses these settings.
    #[must_use]
    pub fn with_settings(self, settings: ConsumerSettings) -> Self {
        Self { settings, ..self }
    }

    /// For tests: injection points.
    #[doc(hidden)]
    #[must_use]
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// For tests of what the lock prevents: with a different name it has no effect.
    #[doc(hidden)]
    #[must_use]
    pub fn with_lock(self, lock: &str) -> Self {
        Self {
            lock: lock.to_owned(),
            ..self
        }
    }

    /// The current status.
    pub fn status(&self) -> watch::Receiver<ConsumerStatus> {
        self.status.subscribe()
    }

    /// Runs until cancelled. Never fails: it retries until its dependencies are available.
    pub async fn run(self, cancel: CancellationToken) {
        metrics::observe_consumer(self.handler.name(), &self.source_name, self.status());
        let mut backoff = Backoff::new();
        while !cancel.is_cancelled() {
            let end = self.serve(&cancel).await;
            self.status
                .send_modify(|s| (s.role, s.live) = (Role::Offline, false));
            if let Err(error) = end {
                let (consumer, source) = (self.handler.name(), &self.source_name);
                tracing::warn!(consumer, source, %error, "the consumer starts over");
                backoff.pause(&cancel).await;
            }
        }
    }

    async fn serve(&self, cancel: &CancellationToken) -> Result<(), sqlx::Error> {
        let mut lease = Lease::open(&self.pool).await?;
        while !lease.try_take(&self.lock).await? {
            self.status.send_modify(|s| s.role = Role::Standby);
            if cancel
                .run_until_cancelled(sleep(self.settings.standby))
                .await
                .is_none()
            {
                return Ok(());
            }
        }
        self.follow(&mut lease.conn, cancel).await?;
        lease.release().await;
        Ok(())
    }

    async fn follow(
        &self,
        conn: &mut PgConnection,
        cancel: &CancellationToken,
    ) -> Result<(), sqlx::Error> {
        let mut feed: Option<Feed> = None;
        // The checkpoint at the previous tick; `None` at the first.
        let mut before = None;
        let mut ticks = interval(self.settings.poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !cancel.is_cancelled() {
            select! {
                () = cancel.cancelled() => {}
                _ = ticks.tick() => {
                    let checkpoint = self.look(conn).await?;
                    // Subscribe first, then catch up, so that nothing in between is missed.
                    let subscribed = feed.is_none() && {
                        feed = self.subscribe().await;
                        true
                    };
                    // While NATS delivers, lag is normal; a checkpoint that does not move is not.
                    let stalled = subscribed || before == Some(checkpoint);
                    let doubtful = before.is_none() || self.status.borrow().diverged;
                    if doubtful || (stalled && self.differs(checkpoint).await) {
                        self.catch_up(conn, cancel).await?;
                    }
                    before = Some(checkpoint);
                }
                heard = next(&mut feed) => match heard {
                    Ok(_) if self.status.borrow().diverged => {}
                    Ok(events) => match self.apply(conn, &events).await? {
                        Outcome::Applied { .. } | Outcome::Nothing => {}
                        // NATS may be wrong; the source is authoritative.
                        Outcome::Gap | Outcome::Diverged => self.catch_up(conn, cancel).await?,
                    },
                    Err(error) => {
                        let source = &self.source_name;
                        tracing::warn!(source, %error, "NATS does not deliver: reading from the source");
                        self.status.send_modify(|s| s.live = false);
                        feed = None;
                    }
                },
            }
        }
        Ok(())
    }

    /// Reads the checkpoint: a rebuild may have moved it.
    async fn look(&self, conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
        let found = store::checkpoint(conn, self.handler.name(), &self.source_name);
        let (checkpoint, quarantined) = in_time(found).await?;
        self.status.send_modify(|s| {
            (s.role, s.checkpoint, s.quarantined) = (Role::Active, checkpoint, quarantined);
        });
        Ok(checkpoint)
    }

    async fn subscribe(&self) -> Option<Feed> {
        let feed = Feed::subscribe(
            &self.nats,
            &self.source_name,
            &self.seals,
            self.settings.batch.max(1) as usize,
        )
        .await;
        if let Err(error) = &feed {
            tracing::debug!(source = self.source_name, %error, "no feed yet");
        }
        self.status.send_modify(|s| s.live = feed.is_ok());
        feed.ok()
    }

    /// Whether the head of the source differs from the checkpoint. A source that does not respond is tried again at the
    /// next tick.
    async fn differs(&self, checkpoint: i64) -> bool {
        let head = self.ask(self.source.head()).await;
        self.status.send_modify(|s| s.head = head.unwrap_or(s.head));
        head.is_some_and(|head| head != checkpoint)
    }

    /// Reads from the source to the end of its log.
    async fn catch_up(
        &self,
        conn: &mut PgConnection,
        cancel: &CancellationToken,
    ) -> Result<(), sqlx::Error> {
        while !cancel.is_cancelled() {
            let checkpoint = self.look(conn).await?;
            // The event at the checkpoint comes first, to verify that the source still has the same log.
            let limit = self.settings.batch.saturating_add(1).clamp(2, 1000);
            let read = self.source.read((checkpoint - 1).max(0), limit);
            let Some((events, head)) = self.ask(read).await else {
                return Ok(());
            };
            self.status.send_modify(|s| s.head = head);
            let outcome = match checkpoint > 0 && events.is_empty() {
                true => Outcome::Diverged,
                false => self.apply(conn, &events).await?,
            };
            self.diverged(outcome == Outcome::Diverged);
            match outcome {
                Outcome::Applied { position, .. } if position < head => {}
                Outcome::Applied { .. } | Outcome::Nothing | Outcome::Diverged => return Ok(()),
                Outcome::Gap => {
                    let source = &self.source_name;
                    tracing::warn!(
                        source,
                        checkpoint,
                        "what was read does not follow the checkpoint"
                    );
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn diverged(&self, diverged: bool) {
        let (source, consumer) = (&self.source_name, self.handler.name());
        match (self.status.borrow().diverged, diverged) {
            (false, true) => tracing::error!(
                source,
                consumer,
                "the source has another log than was applied"
            ),
            (true, false) => {
                tracing::info!(source, consumer, "the source has the log that was applied")
            }
            _ => return,
        }
        self.status.send_modify(|s| s.diverged = diverged);
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        events: &[Event],
    ) -> Result<Outcome, sqlx::Error> {
        let handler = self.handler.as_ref();
        let applying = apply(conn, handler, &self.source_name, events, &self.faults);
        let outcome = in_time(applying).await?;
        if let Outcome::Applied {
            position,
            quarantined,
        } = outcome
        {
            self.status.send_modify(|s| {
                (s.checkpoint, s.head) = (position, s.head.max(position));
                s.quarantined += quarantined as i64;
            });
            self.faults.reach("committed").await;
            handler.committed(&self.source_name, position).await;
        }
        Ok(outcome)
    }

    async fn ask<T>(&self, question: impl Future<Output = Result<T, SourceError>>) -> Option<T> {
        let answer = match timeout(SOURCE_TIMEOUT, question).await {
            Ok(answer) => answer,
            Err(_) => Err(SourceError::new("no answer in time")),
        };
        let answered = self.status.borrow().source_answers;
        if let Err(error) = &answer
            && answered
        {
            tracing::warn!(source = self.source_name, %error, "the source does not answer");
        }
        self.status
            .send_modify(|s| s.source_answers = answer.is_ok());
        answer.ok()
    }
}

/// The next events of the feed; pending forever without one.
async fn next(feed: &mut Option<Feed>) -> Result<Vec<Event>, NoFeed> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}
