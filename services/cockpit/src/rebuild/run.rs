//! The course of a rebuild.

use std::{sync::Arc, time::Duration};

use eventlog::{Consumer, ConsumerStatus, Role, Source};
use futures::future::join_all;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{interval, sleep},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Progress, RebuildError, store};
use crate::{facts::Projection, overview::live::Changes};

/// Events by which the rebuild may be behind when it first tries to take over.
const NEAR: i64 = 1_000;

/// How often it tries to find a moment in which it is behind in nothing, and the pause between two tries.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// What a rebuild works with.
#[derive(Clone)]
pub struct Rebuild {
    /// The pool of the event log, without the time limits of requests.
    pub pool: PgPool,
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

    let followers = Followers::start(with, generation);
    let outcome = followers.take_over(with, &mut conn, progress, cancel).await;
    followers.stop().await;

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

/// The consumers that fill the new generation.
struct Followers {
    statuses: Vec<(&'static str, watch::Receiver<ConsumerStatus>)>,
    tasks: JoinSet<()>,
    end: DropGuard,
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
            );
            statuses.push((*name, consumer.status()));
            tasks.spawn(consumer.run(end.clone()));
        }
        Self {
            statuses,
            tasks,
            end: end.drop_guard(),
        }
    }

    async fn stop(self) {
        drop(self.end);
        self.tasks.join_all().await;
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
            progress.send_replace(
                self.statuses
                    .iter()
                    .map(|(name, s)| far(name, &s.borrow()))
                    .collect(),
            );
            if self
                .statuses
                .iter()
                .all(|(_, status)| near(&status.borrow()))
                && switch(with, conn).await?
            {
                return Ok(());
            }
        }
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

/// Switches at a moment in which the rebuild is behind the live projection in nothing, so that no number steps back. If
/// there is no such moment (events pour in), a rebuild that is only a little behind takes over all the same: the live projection
/// reads the rest again from the source. If a source has less than the live projection counted (its log was restored
/// from a backup), the rebuild takes over when it has everything that the source has. Returns whether it has switched.
async fn switch(with: &Rebuild, conn: &mut PgConnection) -> Result<bool, RebuildError> {
    let sources: Vec<&str> = with.sources.iter().map(|(name, _)| *name).collect();
    let heads = join_all(
        with.sources
            .iter()
            .map(async |(_, source)| source.head().await.ok()),
    )
    .await;
    for left in (0..TRIES).rev() {
        let mut tx = conn.begin().await?;
        let standing = store::stop(&mut tx, &sources).await?;
        let ready = standing.iter().zip(&heads).all(|(s, head)| {
            let behind = s.live - s.rebuilt;
            let has_all = head.is_some_and(|head| s.rebuilt >= head);
            behind <= 0 || (left == 0 && (behind <= NEAR || has_all))
        });
        if ready {
            store::switch(&mut tx).await?;
            tx.commit().await?;
            return Ok(true);
        }
        tx.rollback().await?;
        sleep(PAUSE).await;
    }
    Ok(false)
}
