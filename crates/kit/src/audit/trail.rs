//! Records of reads. A read has no transaction in which its record could be kept, and a thousand reads a second would be a thousand small
//! transactions: those that come at the same time share one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use proto::reasons::{self, Reason};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::{Record, write};
use crate::{access::Caller, errors::Problem};

/// Records written by one statement.
const BATCH: usize = 256;
/// How long writing a batch may take; no deadline of a caller ends it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How soon a read whose record could not be kept may be tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Keeps records of reads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Trail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    writing: bool,
}

#[derive(Debug)]
struct Waiting {
    record: Record,
    kept: oneshot::Sender<Result<(), &'static Reason>>,
}

impl Trail {
    /// Records are kept in the database of this pool.
    pub(crate) fn new(pool: PgPool) -> Self {
        Self(Arc::new(Inner {
            pool,
            queue: Mutex::default(),
        }))
    }

    /// Keeps a record of a read, see [`record`](super::record) for its parts. To be awaited before anything of what was read is
    /// disclosed: when this returns, the record is on disk; if it fails, nothing may be disclosed.
    pub async fn keep(
        &self,
        caller: &Caller,
        action: &str,
        subject: &str,
        outcome: &str,
        now: OffsetDateTime,
    ) -> Result<(), Problem> {
        let record = Record::of(caller, action, subject, outcome, now);
        let (kept, answer) = oneshot::channel();
        let write = {
            let mut queue = self.0.queue();
            queue.waiting.push(Waiting { record, kept });
            !std::mem::replace(&mut queue.writing, true)
        };
        if write {
            // A task of its own: whoever hangs up takes nobody else's record away.
            let writer = Writer {
                inner: Arc::clone(&self.0),
                on_duty: true,
            };
            tokio::spawn(writer.work());
        }
        // The answer is lost only if the writer broke down.
        let kept = answer.await.unwrap_or(Err(&reasons::UNAVAILABLE));
        kept.map_err(|reason| Problem::of(reason).retry_after(RETRY_AFTER))
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic happens under this lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until nobody waits.
struct Writer {
    inner: Arc<Inner>,
    on_duty: bool,
}

impl Writer {
    async fn work(mut self) {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                return;
            }
            let (records, waiting): (Vec<_>, Vec<_>) =
                batch.into_iter().map(|w| (w.record, w.kept)).unzip();
            let written = database::within(WRITE_TIMEOUT, async {
                write(&mut *database::acquire(&self.inner.pool).await?, &records).await
            });
            let kept = written.await.map_err(|error: sqlx::Error| {
                let problem = Problem::from(error);
                tracing::error!(records = records.len(), cause = %problem, "records of reads could not be kept");
                problem.reason()
            });
            for waiting in waiting {
                // Whoever hung up is told nothing of what was read either.
                let _ = waiting.send(kept);
            }
        }
    }

    /// The next to be written; off duty if there are none.
    fn take(&mut self) -> Vec<Waiting> {
        let mut queue = self.inner.queue();
        let size = queue.waiting.len().min(BATCH);
        queue.writing = size > 0;
        self.on_duty = queue.writing;
        queue.waiting.drain(..size).collect()
    }
}

impl Drop for Writer {
    /// Off duty unless it broke down in the middle of work (a bug, or the runtime is shutting down): then those who wait hear of it,
    /// and the next who comes finds a new writer.
    fn drop(&mut self) {
        if self.on_duty {
            *self.inner.queue() = Queue::default();
        }
    }
}
