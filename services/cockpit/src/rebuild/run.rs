//! The course of a rebuild.

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
    changes::Changes,
    facts::{CONSUMER, Projection, REBUILD_CONSUMER},
};

/// Events by which the rebuild may be behind when it begins to take over.
const NEAR: i64 = 1_000;

/// How long the live projection is held back at most, while the rebuild applies the last events.
const HOLD: Duration = Duration::from_secs(3);

/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// What a rebuild works with.
#[derive(Clone)]
pub struct Rebuild {
    /// The pool of the event log, without the time limits of requests.
    pub pool: PgPool,
    /// Tells the messages of the sources from those of strangers.
    pub seals: Seals,
    /// Where new events are heard.
    pub nats: async_nats::Client,
    /// The logs to count.
    pub sources: Vec<(&'static str, Arc<dyn Source>)>,
    /// Who is told that the numbers have changed.
    pub changes: Arc<Changes>,
}

/// Counts everything anew and switches. `progress` hears once a second how far it is. Cancelled, it leaves everything as it
/// was. Returns the generation that serves now.
pub async fn rebuild(
    with: &Rebuild,
    progress: &watch::Sender<Vec<Progress>>,
    cancel: &CancellationToken,
) -> Result<i32, RebuildError> {
    // Outside the pool: the lock belongs to the connection and goes with it.
    let mut conn = PgConnection::connect_with(&with.pool.connect_options()).await?;
    if !store::try_lock(&mut conn).await? {
        return Err(RebuildError::UnderWay);
    }
    let mut tx = conn.begin().await?;
    let generation = store::begin(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(generation, "rebuild begins");

    let mut followers = Followers::start(with, generation);
    let outcome = followers.take_over(with, &mut conn, progress, cancel).await;
    followers.stop().await;
    progress.send_replace(followers.progress());

    match &outcome {
        Ok(()) => {
            with.changes.announce();
            tracing::info!(generation, "the rebuilt numbers serve");
            store::forget_checkpoints(&mut conn).await?;
        }
        Err(error) => {
            tracing::warn!(generation, %error, "the rebuild ends; the old numbers serve");
            let mut tx = conn.begin().await?;
            store::retire_unfinished(&mut tx).await?;
            tx.commit().await?;
        }
    }
    // What is left undone here, the next rebuild does.
    while store::sweep(&mut conn).await? {}
    conn.close().await?;
    outcome.map(|()| generation)
}

/// Rebuilds if the serving numbers lack what this version counts. Returns whether it was necessary.
pub async fn mend(with: &Rebuild, cancel: &CancellationToken) -> Result<bool, RebuildError> {
    let mut conn = database::acquire(&with.pool).await?;
    if store::cities_add_up(&mut conn).await? {
        return Ok(false);
    }
    drop(conn);
    tracing::warn!("the numbers by city do not add up; they are counted anew");
    rebuild(with, &watch::Sender::new(Vec::new()), cancel).await?;
    Ok(true)
}

/// The consumers that fill the new generation.
struct Followers {
    statuses: Vec<(&'static str, watch::Receiver<ConsumerStatus>)>,
    tasks: JoinSet<()>,
    /// Dropped, it ends them too.
    end: CancellationToken,
    _guard: DropGuard,
}

impl Followers {
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

    /// Waits until the new generation is near the present, then switches.
    async fn take_over(
        &self,
        with: &Rebuild,
        conn: &mut PgConnection,
        progress: &watch::Sender<Vec<Progress>>,
        cancel: &CancellationToken,
    ) -> Result<(), RebuildError> {
        let mut looks = interval(Duration::from_millis(200));
        loop {
            if cancel.run_until_cancelled(looks.tick()).await.is_none() {
                return Err(RebuildError::GivenUp);
            }
            progress.send_replace(self.progress());
            let near = self
                .statuses
                .iter()
                .all(|(_, status)| near(&status.borrow()));
            if near && switch(with, conn).await? {
                return Ok(());
            }
        }
    }

    fn progress(&self) -> Vec<Progress> {
        self.statuses
            .iter()
            .map(|(name, status)| far(name, &status.borrow()))
            .collect()
    }
}

fn far(source: &'static str, status: &ConsumerStatus) -> Progress {
    Progress {
        source,
        position: status.checkpoint,
        head: status.head.max(status.checkpoint),
        quarantined: status.quarantined,
    }
}

/// Whether a source was heard and is nearly used up.
fn near(status: &ConsumerStatus) -> bool {
    status.role == Role::Active && status.source_answers && status.lag() <= NEAR
}

/// Holds the live projection back until the rebuild has everything that it has, and switches: so no number steps back. If a
/// source has less than the live projection counted (its log was restored from a backup), the rebuild takes over when it
/// has what the source has. Returns whether it has switched; if not, the live projection goes on.
async fn switch(with: &Rebuild, conn: &mut PgConnection) -> Result<bool, RebuildError> {
    let sources: Vec<&str> = with.sources.iter().map(|(name, _)| *name).collect();
    let heads = join_all(
        with.sources
            .iter()
            .map(async |(_, source)| source.head().await.ok()),
    )
    .await;
    let mut tx = conn.begin().await?;
    let live = store::hold(&mut tx, CONSUMER, &sources).await?;
    let begun = Instant::now();
    loop {
        let late = begun.elapsed() > HOLD;
        let rebuilt = store::positions(&mut tx, REBUILD_CONSUMER, &sources).await?;
        let ready = live
            .iter()
            .zip(&rebuilt)
            .zip(&heads)
            .all(|((live, rebuilt), head)| {
                rebuilt >= live || (late && head.is_some_and(|head| *rebuilt >= head))
            });
        if ready {
            store::hold(&mut tx, REBUILD_CONSUMER, &sources).await?;
            store::switch(&mut tx).await?;
            tx.commit().await?;
            return Ok(true);
        }
        if late {
            tx.rollback().await?;
            return Ok(false);
        }
        sleep(LOOK).await;
    }
}
