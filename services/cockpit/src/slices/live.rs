//! Builds the index and keeps it up with the rows.
//!
//! A worker moves it forward whenever the numbers have changed, in every replica; a question does so as well before it is answered, so an
//! answer is never behind what this replica could have known. While a new generation is read, the index of the old one answers.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures::TryStreamExt as _;
use kit::errors::{Problem, Result};
use proto_cockpit::reasons;
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::{
    sync::{Mutex, Semaphore, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    index::{Discontinued, Index},
    store::{self, News},
};
use crate::reading::READ;

/// How long a question waits for the index.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(2);

/// Minimum time between two moves by the worker, so that a stream of changes is taken together.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// How long the worker waits after an error.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// Most questions counted at once.
const MAX_COUNTING: usize = 4;

/// The index of this replica. Cheap to clone.
#[derive(Clone, Default)]
pub struct Slices(Arc<Inner>);

struct Inner {
    index: RwLock<Option<Index>>,
    /// One move at a time.
    moving: Mutex<()>,
    counting: Semaphore,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            index: RwLock::default(),
            moving: Mutex::default(),
            counting: Semaphore::new(MAX_COUNTING),
        }
    }
}

impl Slices {
    /// Moves the index forward to the rows as they are, within a moment: if that takes longer, the index stays where it is.
    pub async fn refresh(&self, conn: &mut PgConnection) -> Result<()> {
        match timeout(REFRESH_TIMEOUT, self.move_forward(conn)).await {
            Ok(moved) => Ok(moved?),
            // The worker goes on.
            Err(_) => Ok(()),
        }
    }

    /// Asks the index, outside of the tasks of the runtime. `UNAVAILABLE` while it is being built for the first time.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> T + Send + 'static,
    ) -> Result<T> {
        // The semaphore is never closed.
        let _turn = self.0.counting.acquire().await;
        let inner = self.0.clone();
        let answered = spawn_blocking(move || {
            let index = inner.index.read().unwrap_or_else(PoisonError::into_inner);
            index.as_ref().map(question)
        });
        answered
            .await
            .map_err(Problem::internal)?
            .ok_or_else(|| Problem::of(&reasons::UNAVAILABLE))
    }

    /// Moves the index forward, or builds it: as long as that takes.
    async fn move_forward(&self, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        let _turn = self.0.moving.lock().await;
        let mut tx = conn.begin_with(READ).await?;
        let position = store::position(&mut tx).await?;
        let since = {
            let index = self.0.index.read().unwrap_or_else(PoisonError::into_inner);
            index
                .as_ref()
                .map(|index| (index.position().clone(), store::next(index)))
        };
        match since {
            Some((since, _)) if since == position => {}
            Some((since, next)) if since.generation == position.generation => {
                let news = match since.revisions == position.revisions {
                    true => News::default(),
                    false => store::news(&mut tx, &next, &since).await?,
                };
                let inner = self.0.clone();
                // Readers hold the lock for as long as they count.
                let moved = spawn_blocking(move || {
                    let mut index = inner.index.write().unwrap_or_else(PoisonError::into_inner);
                    let moved = match index.as_mut() {
                        Some(index) => add(index, &news),
                        None => Err(Discontinued),
                    };
                    match (&moved, index.as_mut()) {
                        (Ok(()), Some(index)) => index.moved_to(position),
                        // The next move builds it anew.
                        _ => *index = None,
                    }
                    moved
                });
                match moved.await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(%error, "the slices are read anew"),
                    Err(error) => tracing::error!(%error, "the slices could not be moved forward"),
                }
            }
            _ => {
                let built = build(&mut tx, position).await?;
                *self.0.index.write().unwrap_or_else(PoisonError::into_inner) = built;
            }
        }
        tx.commit().await
    }

    /// Worker: moves the index forward whenever `changed` says so.
    pub async fn follow(
        self,
        mut changed: watch::Receiver<u64>,
        pool: PgPool,
        stop: CancellationToken,
    ) {
        let following = async {
            loop {
                let moved = async {
                    let mut conn = database::acquire(&pool).await?;
                    self.move_forward(&mut conn).await
                };
                match moved.await {
                    Ok(()) => sleep(MIN_INTERVAL).await,
                    Err(error) => {
                        let error: sqlx::Error = error;
                        tracing::warn!(%error, "the slices stay where they are for now");
                        sleep(RETRY_INTERVAL).await;
                        continue;
                    }
                }
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        stop.run_until_cancelled(following).await;
    }
}

/// Descriptions first: new periods are entered with what is known of their person.
fn add(index: &mut Index, news: &News) -> Result<(), Discontinued> {
    for described in &news.described {
        index.describe(described);
    }
    for ended in &news.ended {
        index.end(ended)?;
    }
    for row in &news.begun {
        index.push(row)?;
    }
    Ok(())
}

/// Reads all rows of a generation; `None` if they are not what the index expects, which is logged.
async fn build(
    conn: &mut PgConnection,
    position: super::index::Position,
) -> Result<Option<Index>, sqlx::Error> {
    let begun = Instant::now();
    let generation = position.generation;
    let mut index = Index::new(position);
    {
        let mut rows = std::pin::pin!(store::descriptions(&mut *conn, generation));
        while let Some(described) = rows.try_next().await? {
            index.describe(&described);
        }
    }
    let mut rows = std::pin::pin!(store::periods(conn, generation));
    while let Some(row) = rows.try_next().await? {
        if let Err(error) = index.push(&row) {
            tracing::error!(%error, generation, "the slices cannot be read");
            return Ok(None);
        }
    }
    tracing::info!(
        generation,
        periods = index.len(),
        bytes = index.bytes(),
        seconds = begun.elapsed().as_secs_f64(),
        "the slices are read"
    );
    Ok(Some(index))
}
