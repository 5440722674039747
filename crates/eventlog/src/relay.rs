//! Moves events from the outbox into the log, and from the log to NATS.

use std::time::Duration;

use async_nats::Client;
use sqlx::{PgConnection, PgPool};
use tokio::{
    pin, select,
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    faults::Faults,
    lease::{Lease, Role, in_time},
    metrics,
    nudge::Nudge,
    publisher::Publisher,
    retry::Backoff,
    seal::Seals,
    settings::RelaySettings,
    status::RelayStatus,
    store,
};

/// Interval of measuring depth and age of the outbox.
const MEASURE_EVERY: Duration = Duration::from_secs(5);

/// The relay of one service. Run one in every replica: one of them is active, the others stand by.
#[derive(Debug)]
pub struct Relay {
    pool: PgPool,
    nats: Client,
    source: &'static str,
    nudge: Nudge,
    seals: Seals,
    settings: RelaySettings,
    lock: &'static str,
    faults: Faults,
    status: watch::Sender<RelayStatus>,
}

impl Relay {
    /// `source` is the name of the service in lower case, e.g. `membership`; `nudge` is woken by commands; `seals`
    /// signs published events. For the NATS client see [`nats_options`](crate::nats_options).
    pub fn new(
        pool: PgPool,
        nats: Client,
        source: &'static str,
        nudge: Nudge,
        seals: Seals,
    ) -> Self {
        Self {
            pool,
            nats,
            source,
            nudge,
            seals,
            settings: RelaySettings::default(),
            lock: "eventlog.relay",
            faults: Faults::default(),
            status: watch::Sender::default(),
        }
    }

    /// Uses these settings.
    #[must_use]
    pub fn with_settings(self, settings: RelaySettings) -> Self {
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
    pub fn with_lock(self, lock: &'static str) -> Self {
        Self { lock, ..self }
    }

    /// The current status.
    pub fn status(&self) -> watch::Receiver<RelayStatus> {
        self.status.subscribe()
    }

    /// Runs until cancelled. Never fails: it retries until its dependencies are available.
    pub async fn run(self, cancel: CancellationToken) {
        metrics::observe_relay(self.source, self.status());
        let mut backoff = Backoff::new();
        while !cancel.is_cancelled() {
            let end = self.serve(&cancel).await;
            self.status.send_modify(|s| s.role = Role::Offline);
            if let Err(error) = end {
                tracing::warn!(source = self.source, %error, "the relay lost its database");
                backoff.pause(&cancel).await;
            }
        }
    }

    async fn serve(&self, cancel: &CancellationToken) -> Result<(), sqlx::Error> {
        let mut lease = Lease::open(&self.pool).await?;
        if self.stand_by(&mut lease, cancel).await? {
            self.lead(&mut lease.conn, cancel).await?;
        }
        lease.release().await;
        Ok(())
    }

    /// Waits for the lock; meanwhile forwards nudges to its holder. `false`: cancelled.
    async fn stand_by(
        &self,
        lease: &mut Lease,
        cancel: &CancellationToken,
    ) -> Result<bool, sqlx::Error> {
        let mut measured = None;
        while !lease.try_take(self.lock).await? {
            self.status.send_modify(|s| s.role = Role::Standby);
            self.measure(&mut lease.conn, &mut measured).await?;
            let next_try = sleep(self.settings.standby);
            pin!(next_try);
            loop {
                select! {
                    () = cancel.cancelled() => return Ok(false),
                    () = &mut next_try => break,
                    () = self.nudge.woken() => in_time(store::notify(&mut lease.conn)).await?,
                }
            }
        }
        Ok(true)
    }

    async fn lead(
        &self,
        conn: &mut PgConnection,
        cancel: &CancellationToken,
    ) -> Result<(), sqlx::Error> {
        in_time(store::plan_anew(conn)).await?;
        let (mut head, published) = in_time(store::relay_state(conn)).await?;
        tracing::info!(source = self.source, head, published, "the relay is active");
        let _listening = listen(&self.pool, self.nudge.clone());
        let (done, faults) = (self.nudge.clone(), self.faults.clone());
        let publisher = Publisher::start(
            &self.nats,
            self.source,
            &self.settings,
            &self.seals,
            published,
            done,
            faults,
        );
        // The last position queued for the publisher. Batches it has no capacity for are read from the log later.
        let mut queued = published;
        let mut measured = None;
        while !cancel.is_cancelled() {
            let published = publisher.published();
            let moved = in_time(store::advance(
                conn,
                self.source,
                self.settings.batch,
                published,
            ))
            .await?;
            if moved.first().is_some_and(|e| e.position != head + 1) {
                tracing::info!(source = self.source, "the log has grown by another hand");
                return Ok(());
            }
            let bytes: usize = moved.iter().map(|e| e.payload.len()).sum();
            let mut more =
                moved.len() as i64 == self.settings.batch || bytes as i64 >= store::MAX_BYTES;
            head += moved.len() as i64;
            self.faults.reach("moved, not published").await;
            if queued < head
                && let Some(slot) = publisher.slot()
            {
                let next = if moved.first().is_some_and(|e| e.position == queued + 1) {
                    moved
                } else {
                    in_time(store::read(conn, self.source, queued, self.settings.batch))
                        .await?
                        .0
                };
                queued = next.last().map_or(queued, |e| e.position);
                slot.send(next);
                more |= queued < head;
            }
            self.status.send_modify(|s| {
                (s.role, s.head, s.published) = (Role::Active, head, published);
            });
            self.measure(conn, &mut measured).await?;
            if !more {
                select! {
                    () = cancel.cancelled() => {}
                    // Woken by a command, another replica, or the publisher, which has capacity again.
                    () = self.nudge.woken() => {}
                    () = sleep(self.settings.poll) => {}
                }
            }
        }
        Ok(())
    }

    async fn measure(
        &self,
        conn: &mut PgConnection,
        measured: &mut Option<Instant>,
    ) -> Result<(), sqlx::Error> {
        if measured.is_some_and(|at| at.elapsed() < MEASURE_EVERY) {
            return Ok(());
        }
        let (depth, age) = in_time(store::outbox(conn)).await?;
        self.status.send_modify(|s| {
            s.outbox_depth = depth;
            s.outbox_age = Duration::try_from_secs_f64(age).unwrap_or_default();
        });
        *measured = Some(Instant::now());
        Ok(())
    }
}

/// Turns notifications of other replicas into nudges. While there is no connection, polling serves.
fn listen(pool: &PgPool, nudge: Nudge) -> AbortOnDropHandle<()> {
    let pool = pool.clone();
    AbortOnDropHandle::new(tokio::spawn(async move {
        database::listen(&pool, store::CHANNEL, |_| nudge.wake()).await;
    }))
}
