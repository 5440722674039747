//! Audit records of reads. A read has no transaction of its own, and a thousand reads a second would be a thousand
//! small transactions, so concurrent records share one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use proto_platform::reasons::{self, Reason};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::{Record, write};
use crate::{access::Caller, errors::Problem};

/// Maximum number of records per statement.
const BATCH: usize = 256;
/// Timeout of writing a batch, which no caller's deadline limits.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Retry delay after a record could not be written.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Writes audit records of reads. Cheap to clone.
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
    /// Writes to the database of this pool.
    pub(crate) fn new(pool: PgPool) -> Self {
        Self(Arc::new(Inner {
            pool,
            queue: Mutex::default(),
        }))
    }

    /// Writes the record of a read, see [`record`](super::record) for its parts. Await it before disclosing what was
    /// read: on return the record is on disk; on failure nothing may be disclosed.
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
            // A separate task, so that a caller that disconnects does not cancel the records of others.
            let writer = Writer {
                inner: Arc::clone(&self.0),
                on_duty: true,
            };
            tokio::spawn(writer.work());
        }
        // The result is lost only if the writer panicked.
        let kept = answer.await.unwrap_or(Err(&reasons::UNAVAILABLE));
        kept.map_err(|reason| Problem::of(reason).retry_after(RETRY_AFTER))
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing under this lock can panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until the queue is empty.
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
                // A failed send means that the caller has disconnected and receives nothing.
                let _ = waiting.send(kept);
            }
        }
    }

    /// The next batch; ends the writer's duty if the queue is empty.
    fn take(&mut self) -> Vec<Waiting> {
        let mut queue = self.inner.queue();
        let size = queue.waiting.len().min(BATCH);
        queue.writing = size > 0;
        self.on_duty = queue.writing;
        queue.waiting.drain(..size).collect()
    }
}

impl Drop for Writer {
    /// Ends the writer's duty. If it was interrupted (a bug, or the runtime is shutting down), the waiting callers
    /// receive an error and the next record starts a new writer.
    fn drop(&mut self) {
        if self.on_duty {
            *self.inner.queue() = Queue::default();
        }
    }
}
