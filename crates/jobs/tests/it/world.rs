//! A database with a queue, a clock, and a handler that does as a test wants.

use std::sync::{Arc, Mutex};

use ambient::clock::Clock;
use async_trait::async_trait;
use jobs::{
    Claimed, Handler, Kind, Metrics, Names, NewJob, Outcome, Policy, Run, State, WakeUp, Worker,
    operate::{self, Summary},
};
use sqlx::{PgPool, pool::PoolConnection};
use testkit::Database;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

pub const NOW: OffsetDateTime = datetime!(2026-11-21 02:00 UTC);
/// The kind of most tests.
pub const KIND: &str = "export";
pub const POLICY: Policy = Policy {
    most_attempts: 3,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::minutes(1),
    timeout: Duration::seconds(20),
};

pub struct World {
    pub database: Database,
    pub clock: Clock,
    pub wake_up: WakeUp,
}

impl World {
    pub async fn new() -> Self {
        Self {
            database: testkit::database("jobs", async |pool: &PgPool| {
                jobs::MIGRATOR.run(pool).await
            })
            .await,
            clock: Clock::fixed(NOW),
            wake_up: WakeUp::default(),
        }
    }

    pub async fn conn(&self) -> PoolConnection<sqlx::Postgres> {
        self.database.pool.acquire().await.unwrap()
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        self.clock.set(self.clock.now() + time);
    }

    /// Enqueues a job of a kind that does not expire.
    pub async fn enqueue(&self, kind: &str) -> Uuid {
        let job_id = Uuid::now_v7();
        let key = job_id.to_string();
        let job = NewJob {
            job_id,
            kind,
            payload: b"sealed",
            idempotency_key: &key,
            expires_at: None,
        };
        let new = jobs::enqueue(&mut *self.conn().await, &job, self.clock.now()).await;
        assert!(new.unwrap());
        job_id
    }

    pub async fn find(&self, job_id: Uuid) -> Summary {
        operate::find(&mut *self.conn().await, job_id)
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn state(&self, job_id: Uuid) -> State {
        self.find(job_id).await.state
    }

    /// Claims jobs of the usual kind without running them: a worker that dies.
    pub async fn claim(&self) -> Vec<Claimed> {
        let kinds = [(KIND, POLICY.lease())];
        jobs::store::claim(&mut *self.conn().await, &kinds, 16, self.clock.now())
            .await
            .unwrap()
    }

    /// A worker of these kinds.
    pub fn worker(&self, kinds: &[&'static str], handler: Arc<dyn Handler>) -> Worker {
        let names = Names {
            meter: "cast.test",
            prefix: "cast.test.exports",
            done: "done",
        };
        Worker {
            pool: self.database.pool.clone(),
            clock: self.clock.clone(),
            kinds: kinds
                .iter()
                .map(|name| Kind {
                    name,
                    policy: POLICY,
                    handler: handler.clone(),
                })
                .collect(),
            places: 16,
            wake_up: self.wake_up.clone(),
            metrics: Metrics::new(names, kinds.iter().copied()),
        }
    }

    pub async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql)
            .execute(&mut *self.conn().await)
            .await
            .unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut *self.conn().await)
            .await
            .unwrap()
    }
}

/// Waits until a condition holds; a test that waits in vain fails.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{what}: not within ten seconds");
}

/// Ends every try in the same way, and remembers them.
pub struct Always {
    pub outcome: Outcome,
    pub ran: Mutex<Vec<Uuid>>,
}

impl Always {
    pub fn new(outcome: Outcome) -> Arc<Self> {
        Arc::new(Self {
            outcome,
            ran: Mutex::default(),
        })
    }

    pub fn ran(&self) -> usize {
        self.ran.lock().unwrap().len()
    }
}

#[async_trait]
impl Handler for Always {
    async fn run(&self, run: &Run) -> Outcome {
        self.ran.lock().unwrap().push(run.job().job_id);
        self.outcome.clone()
    }
}

pub fn failed() -> Outcome {
    Outcome::Failed("HTTP 503".to_owned())
}
