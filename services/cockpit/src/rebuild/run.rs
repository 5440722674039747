//! Runs a rebuild.

use std::{sync::Arc, time::Duration};

use eventlog::{Consumer, ConsumerStatus, Role, Seals, Source};
use futures::future::join_all;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, interval, sleep},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Progress, RebuildError, store};
use crate::{
    catalogue::{CATALOGUE, Kind, Metric},
    changes::Changes,
    facts::{CONSUMER, REBUILD_CONSUMER},
    periods::State,
    projection::Projection,
};

/// Maximum lag, in events, at which the switch is attempted.
const MAX_LAG: i64 = 1_000;

/// Maximum time for which the live projection is paused, while the rebuild applies the last events.
const MAX_PAUSE: Duration = Duration::from_secs(3);

/// How often the positions are polled during the pause.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The dependencies of a rebuild.
#[derive(Clone)]
pub struct Rebuild {
    /// The pool of the event log, without the time limits of requests.
    pub pool: PgPool,
    /// Verifies that messages come from their sources.
    pub seals: Seals,
    /// The connection for new events.
    pub nats: async_nats::Client,
    /// The event logs to count.
    pub sources: Vec<(&'static str, Arc<dyn Source>)>,
    /// Publishes that the numbers have changed.
    pub changes: Arc<Changes>,
}

/// Recounts all events and switches. `progress` is updated five times a second. If it is cancelled, the old numbers serve as before. Returns
/// the new serving generation.
pub async fn rebuild(
    with: &Rebuild,
    progress: &watch::Sender<Vec<Progress>>,
    cancel: &CancellationToken,
) -> Result<i32, RebuildError> {
    // Outside the pool: the lock belongs to the connection and is released with it.
    let mut conn = PgConnection::connect_with(&with.pool.connect_options()).await?;
    if !store::try_lock(&mut conn).await? {
        return Err(RebuildError::UnderWay);
    }
    let mut tx = conn.begin().await?;
    let generation = store::begin(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(generation, "rebuild begins");

    let mut consumers = Consumers::start(with, generation);
    let outcome = consumers.take_over(with, &mut conn, progress, cancel).await;
    consumers.stop().await;
    progress.send_replace(consumers.progress());

    match &outcome {
        Ok(()) => {
            with.changes.publish();
            tracing::info!(generation, "the rebuilt numbers serve");
            store::delete_checkpoints(&mut conn).await?;
        }
        Err(error) => {
            tracing::warn!(generation, %error, "the rebuild ends; the old numbers serve");
            let mut tx = conn.begin().await?;
            store::retire_unfinished(&mut tx).await?;
            tx.commit().await?;
        }
    }
    // If this is interrupted, the next rebuild deletes the rest.
    while store::sweep(&mut conn).await? {}
    conn.close().await?;
    outcome.map(|()| generation)
}

/// Rebuilds if the serving numbers are incomplete for this version. Returns whether that was necessary.
pub async fn repair(with: &Rebuild, cancel: &CancellationToken) -> Result<bool, RebuildError> {
    let mut conn = database::acquire(&with.pool).await?;
    let (mut states, mut happens, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    for definition in CATALOGUE {
        let state = State::of(definition.metric);
        // A metric that is the number of periods, not of beginnings or of minutes.
        if state.happens() == (definition.kind == Kind::Flow)
            && definition.metric != Metric::CreditedMinutes
        {
            states.push(state.code());
            happens.push(state.happens());
            metrics.push(definition.name);
        }
    }
    let complete = store::cities_add_up(&mut conn).await?
        && store::periods_add_up(&mut conn, &states, &happens, &metrics).await?;
    if complete {
        return Ok(false);
    }
    drop(conn);
    tracing::warn!("numbers by city or periods do not add up; they are counted anew");
    rebuild(with, &watch::Sender::new(Vec::new()), cancel).await?;
    Ok(true)
}

/// The consumers that fill the new generation.
struct Consumers {
    statuses: Vec<(&'static str, watch::Receiver<ConsumerStatus>)>,
    tasks: JoinSet<()>,
    /// Ends the tasks, also when it is dropped.
    end: CancellationToken,
    _guard: DropGuard,
}

impl Consumers {
    fn start(with: &Rebuild, generation: i32) -> Self {
        let end = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let handler = Arc::new(Projection::rebuild(generation));
        let mut statuses = Vec::new();
        for (name, source) in &with.sources {
            let consumer = Consumer::new(
                with.pool.clone(),
                with.nats.clone(),
                *name,
                source.clone(),
                handler.clone(),
                with.seals.clone(),
            );
            statuses.push((*name, consumer.status()));
            tasks.spawn(consumer.run(end.clone()));
        }
        Self {
            statuses,
            tasks,
            _guard: end.clone().drop_guard(),
            end,
        }
    }

    async fn stop(&mut self) {
        self.end.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Waits until the new generation has nearly caught up, then switches.
    async fn take_over(
        &self,
        with: &Rebuild,
        conn: &mut PgConnection,
        progress: &watch::Sender<Vec<Progress>>,
        cancel: &CancellationToken,
    ) -> Result<(), RebuildError> {
        let mut ticks = interval(Duration::from_millis(200));
        loop {
            if cancel.run_until_cancelled(ticks.tick()).await.is_none() {
                return Err(RebuildError::Cancelled);
            }
            progress.send_replace(self.progress());
            let caught_up = self
                .statuses
                .iter()
                .all(|(_, status)| nearly_caught_up(&status.borrow()));
            if caught_up && switch(with, conn).await? {
                return Ok(());
            }
        }
    }

    fn progress(&self) -> Vec<Progress> {
        self.statuses
            .iter()
            .map(|(name, status)| progress_of(name, &status.borrow()))
            .collect()
    }
}

fn progress_of(source: &'static str, status: &ConsumerStatus) -> Progress {
    Progress {
        source,
        position: status.checkpoint,
        head: status.head.max(status.checkpoint),
        quarantined: status.quarantined,
    }
}

/// Whether a source answers and nearly all of its events are applied.
fn nearly_caught_up(status: &ConsumerStatus) -> bool {
    status.role == Role::Active && status.source_answers && status.lag() <= MAX_LAG
}

/// Pauses the live projection until the rebuild has applied the same events, and switches, so that no number decreases. If a source has fewer
/// events than the live projection has counted (its log was restored from a backup), the rebuild switches when it has applied those of the
/// source. Returns whether it has switched; if not, the live projection continues.
async fn switch(with: &Rebuild, conn: &mut PgConnection) -> Result<bool, RebuildError> {
    let sources: Vec<&str> = with.sources.iter().map(|(name, _)| *name).collect();
    let heads = join_all(
        with.sources
            .iter()
            .map(async |(_, source)| source.head().await.ok()),
    )
    .await;
    let mut tx = conn.begin().await?;
    let live = store::pause(&mut tx, CONSUMER, &sources).await?;
    let begun = Instant::now();
    loop {
        let late = begun.elapsed() > MAX_PAUSE;
        let rebuilt = store::positions(&mut tx, REBUILD_CONSUMER, &sources).await?;
        let ready = live
            .iter()
            .zip(&rebuilt)
            .zip(&heads)
            .all(|((live, rebuilt), head)| {
                rebuilt >= live || (late && head.is_some_and(|head| *rebuilt >= head))
            });
        if ready {
            store::pause(&mut tx, REBUILD_CONSUMER, &sources).await?;
            store::switch(&mut tx).await?;
            tx.commit().await?;
            return Ok(true);
        }
        if late {
            tx.rollback().await?;
            return Ok(false);
        }
        sleep(POLL_INTERVAL).await;
    }
}
