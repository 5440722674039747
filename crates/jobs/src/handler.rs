use std::{
    future::pending,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use ambient::clock::Clock;
use async_trait::async_trait;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{
    rules::{Outcome, Policy},
    store::{self, Claimed},
};

/// Runs the jobs of a kind, each at least once. It may be dropped at any `await`: when it has been silent for too long,
/// when the job is paused or cancelled, when the process ends.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// One try of one job.
    async fn run(&self, run: &Run) -> Outcome;
}

/// A kind of job, and how it is run.
#[derive(Clone)]
pub struct Kind {
    /// As it is stored.
    pub name: &'static str,
    /// How often and how patiently.
    pub policy: Policy,
    /// By whom.
    pub handler: Arc<dyn Handler>,
}

/// One try of a job.
pub struct Run {
    job: Claimed,
    policy: Policy,
    pool: PgPool,
    clock: Clock,
    /// The time-out; moved by each report of progress.
    deadline: Mutex<Instant>,
    lost: CancellationToken,
}

impl Run {
    pub(crate) fn new(job: Claimed, policy: Policy, pool: PgPool, clock: Clock) -> Self {
        Self {
            deadline: Mutex::new(Instant::now() + policy.timeout.unsigned_abs()),
            lost: CancellationToken::new(),
            job,
            policy,
            pool,
            clock,
        }
    }

    /// The job.
    pub fn job(&self) -> &Claimed {
        &self.job
    }

    /// The present.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Makes progress visible, renews the lease and starts the time-out anew. Does not return when the lease is lost:
    /// the worker drops the try then. One statement a call, so call it once for many small steps.
    pub async fn progress(&self, done: i64, total: Option<i64>) -> Result<(), sqlx::Error> {
        let lease = self.clock.now() + self.policy.lease();
        let mut conn = database::acquire(&self.pool).await?;
        let held = store::progress(&mut conn, &self.job, (done, total), lease).await?;
        drop(conn);
        if !held {
            self.lost.cancel();
            pending::<()>().await;
        }
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) =
            Instant::now() + self.policy.timeout.unsigned_abs();
        Ok(())
    }

    fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs the handler; `None` if the lease was lost meanwhile.
    pub(crate) async fn attempt(&self, handler: &dyn Handler) -> Option<Outcome> {
        let mut work = pin!(handler.run(self));
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                outcome = &mut work => return Some(outcome),
                () = self.lost.cancelled() => return None,
                () = sleep_until(deadline) => {
                    if self.deadline() <= deadline {
                        return Some(Outcome::Failed("no answer in time".to_owned()));
                    }
                }
            }
        }
    }
}
