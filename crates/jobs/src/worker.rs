use std::{sync::Arc, time::Duration};

use ambient::clock::Clock;
use sqlx::PgPool;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    handler::{Kind, Run},
    lanes::Lanes,
    metrics::Metrics,
    rules::{self, Next, Outcome},
    store::{self, Claimed, Report, Sharing},
    wake_up::WakeUp,
};

/// What other replicas have queued, and what is due for another try, is noticed after this.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How long reporting and claiming may take. Leases of what was claimed but not started run out.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// Pause when the database is not there.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Runs what is due. Any number may run, in any number of processes. Long jobs and short ones get workers of their own,
/// so that the ones never wait for a place that the others hold.
#[derive(Clone)]
pub struct Worker {
    /// Where the jobs are.
    pub pool: PgPool,
    /// The present.
    pub clock: Clock,
    /// What it runs.
    pub kinds: Arc<[Kind]>,
    /// Jobs that run at the same time.
    pub places: usize,
    /// Notified when there is something new.
    pub wake_up: WakeUp,
    /// Counts the tries.
    pub metrics: Metrics,
}

/// What a task with a try leaves: nothing if its lease was lost.
type Tries = JoinSet<Option<Report>>;

impl Worker {
    /// Runs until `stop`. What is on its way then is finished.
    pub async fn run(self, stop: CancellationToken) {
        let (mut tries, lanes) = (Tries::new(), Lanes::default());
        // What has ended; kept while the database is away.
        let mut ended = Vec::new();
        let mut claims = true;
        loop {
            let stops = stop.is_cancelled();
            let free = if claims && !stops {
                self.places.saturating_sub(tries.len())
            } else {
                0
            };
            let step = async {
                self.report(&mut ended).await?;
                self.start(free, &lanes, &mut tries).await
            };
            let pause = match database::within(STEP_TIMEOUT, step).await {
                Ok(_) => POLL_INTERVAL,
                Err(error) => {
                    tracing::warn!(error = %error, "jobs cannot be run at the moment");
                    RETRY_AFTER
                }
            };
            if stops && tries.is_empty() {
                return;
            }
            tokio::select! {
                Some(first) = tries.join_next() => {
                    ended.extend(report_of(first));
                    while let Some(next) = tries.try_join_next() {
                        ended.extend(report_of(next));
                    }
                    // A few places are not worth a statement; they are filled with the next ones, or after the pause.
                    claims = tries.len() <= self.places / 2;
                }
                () = stop.cancelled(), if !stops => {}
                () = self.wake_up.notified(), if !stops => claims = true,
                () = tokio::time::sleep(pause) => claims = true,
            }
        }
    }

    /// Runs one batch of what is due; returns how many there were.
    pub async fn run_due(&self) -> Result<usize, sqlx::Error> {
        let mut tries = Tries::new();
        let lanes = Lanes::default();
        let count = self.start(self.places, &lanes, &mut tries).await?;
        let mut ended = Vec::new();
        while let Some(one) = tries.join_next().await {
            ended.extend(report_of(one));
        }
        self.report(&mut ended).await?;
        Ok(count)
    }

    /// Claims up to `free` jobs and starts them.
    async fn start(
        &self,
        free: usize,
        lanes: &Lanes,
        tries: &mut Tries,
    ) -> Result<usize, sqlx::Error> {
        if free == 0 {
            return Ok(0);
        }
        let kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| (kind.name, kind.policy.lease()))
            .collect();
        let most = i64::try_from(free).unwrap_or(i64::MAX);
        let share = rules::places_of_a_lane(self.places);
        let sharing = Sharing {
            most: i64::try_from(share).unwrap_or(i64::MAX),
            held: lanes.held(),
        };
        let claimed = {
            let mut conn = database::acquire(&self.pool).await?;
            store::claim_shared(&mut conn, &kinds, most, &sharing, self.clock.now()).await?
        };
        let count = claimed.len();
        for mut job in claimed {
            let place = lanes.hold(job.lane.take());
            // Only jobs of these kinds were claimed.
            if let Some(kind) = self.kinds.iter().find(|kind| kind.name == job.kind) {
                let (worker, kind) = (self.clone(), kind.clone());
                tries.spawn(async move {
                    let _place = place;
                    worker.try_once(&kind, job).await
                });
            }
        }
        Ok(count)
    }

    /// Records what has ended. It stays in `ended` if that fails.
    async fn report(&self, ended: &mut Vec<Report>) -> Result<(), sqlx::Error> {
        if ended.is_empty() {
            return Ok(());
        }
        let mut conn = database::acquire(&self.pool).await?;
        let recorded = store::finish(&mut conn, ended, self.clock.now()).await?;
        for late in ended.drain(..) {
            if !recorded.contains(&late.job_id) {
                too_late(late.job_id);
            }
        }
        Ok(())
    }

    async fn try_once(&self, kind: &Kind, job: Claimed) -> Option<Report> {
        let (job_id, fence, attempts, expires_at) =
            (job.job_id, job.fence, job.attempts, job.expires_at);
        let policy = &kind.policy;
        let outcome = match rules::hopeless(policy, attempts, expires_at, self.clock.now()) {
            Some(why) => Outcome::Refused(why.to_owned()),
            None => {
                let run = Run::new(job, *policy, self.pool.clone(), self.clock.clone());
                let Some(outcome) = run.attempt(kind.handler.as_ref()).await else {
                    too_late(job_id);
                    return None;
                };
                outcome
            }
        };
        let (jitter, now) = (ambient::chance::share(0.0..1.0), self.clock.now());
        let next = rules::after(policy, outcome, attempts, expires_at, jitter, now);
        self.metrics.tried(kind.name, &next);
        if let Next::Dead(error) = &next {
            tracing::error!(%job_id, kind = kind.name, attempts, error, "a job was given up");
        }
        Some(Report {
            job_id,
            fence,
            next,
        })
    }
}

fn too_late(job_id: Uuid) {
    tracing::warn!(%job_id, "a try ended after its lease");
}

fn report_of(ended: Result<Option<Report>, JoinError>) -> Option<Report> {
    match ended {
        Ok(report) => report,
        // A handler that panics loses its lease like a process that dies, and is given up after as many tries.
        Err(panic) => {
            tracing::error!(error = %panic, "a handler panicked");
            None
        }
    }
}
