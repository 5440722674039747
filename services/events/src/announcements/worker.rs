//! Leaving an announcement, and the worker that tells registrants.

use std::sync::Arc;

use async_trait::async_trait;
use jobs::{Handler, Metrics, Names, NewJob, Outcome, Policy, Run, WakeUp, Worker};
use kit::{clock::Clock, db::Db, db::Tx, notices::Notice};
use proto_notices::templates::{ActivityCancelled, ActivityChanged};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{CHUNK, Kind, rules, store};

/// The kind of job; the payload is the id of the announcement.
pub const KIND: &str = "announcement";

/// Finished announcements are kept as long for operators.
const RETENTION: Duration = Duration::days(30);

/// Activities whose registrants are told at the same time.
const PLACES: usize = 2;

const POLICY: Policy = Policy {
    most_attempts: 12,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::minutes(10),
    timeout: Duration::seconds(30),
};

const METRICS: Names = Names {
    meter: "cast.events",
    prefix: "cast.events.announcements",
    done: "told",
};

/// Tells registrants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Announcer {
    /// Where announcements are.
    pub db: Db,
    /// The present.
    pub clock: Clock,
    /// Wakes the worker.
    pub wake_up: WakeUp,
}

impl Announcer {
    /// Announces something to those who hold a seat, in the transaction of what has happened. The seats are locked.
    pub async fn announce(
        &self,
        tx: &mut Tx,
        activity_id: Uuid,
        kind: Kind,
        urgent: bool,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let id = kit::chance::id(now);
        if !store::insert(tx, id, activity_id, kind, urgent, now).await? {
            return Ok(());
        }
        let job = NewJob {
            job_id: kit::chance::id(now),
            kind: KIND,
            payload: id.as_bytes(),
            idempotency_key: &format!("{KIND}:{id}"),
            expires_at: None,
        };
        jobs::enqueue(tx, &job, now).await?;
        Ok(())
    }

    /// To be called after the commit.
    pub fn announced(&self) {
        self.wake_up.notify();
    }

    /// The worker.
    pub fn worker(&self) -> Worker {
        let kind = jobs::Kind {
            name: KIND,
            policy: POLICY,
            handler: Arc::new(self.clone()),
        };
        Worker {
            pool: self.db.pool().clone(),
            clock: self.clock.clone(),
            kinds: [kind].into(),
            places: PLACES,
            wake_up: self.wake_up.clone(),
            metrics: Metrics::new(METRICS, [KIND]),
        }
    }

    /// Removes what has been finished long ago.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let before = self.clock.now() - RETENTION;
        let mut conn = self.db.read().await?;
        store::sweep(&mut conn, before).await?;
        jobs::sweep(&mut conn, &[KIND], before).await?;
        Ok(())
    }

    /// Tells the next ones; says up to which ordinal and out of which, or that it is done.
    async fn step(&self, id: Uuid) -> Result<Option<(i64, i64)>, sqlx::Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(announcement) = store::lock(&mut tx, id).await? else {
            return Ok(None);
        };
        let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        let next = match rules::stands(announcement.kind, announcement.published) {
            true => store::next(&mut tx, &announcement, limit).await?,
            false => Vec::new(),
        };
        let Some(&(last, _)) = next.last() else {
            store::finish(&mut tx, id, now).await?;
            tx.commit().await?;
            return Ok(None);
        };
        let people: Vec<Uuid> = next.iter().map(|(_, person_id)| *person_id).collect();
        let (activity_id, activity_title) = (announcement.activity_id, &*announcement.title);
        let notice = match announcement.kind {
            Kind::Changed => Notice::to_people(
                &people,
                ActivityChanged {
                    activity_id,
                    activity_title,
                },
            ),
            Kind::Cancelled => Notice::to_people(
                &people,
                ActivityCancelled {
                    activity_id,
                    activity_title,
                },
            ),
        };
        tx.notify(&[notice.urgent(announcement.urgent)], now)
            .await?;
        store::told(&mut tx, id, last).await?;
        tx.commit().await?;
        Ok(Some((last, announcement.until_ordinal)))
    }
}

#[async_trait]
impl Handler for Announcer {
    async fn run(&self, run: &Run) -> Outcome {
        let payload = run.job().payload.as_deref().unwrap_or_default();
        let Ok(id) = Uuid::from_slice(payload) else {
            return Outcome::Refused("its payload is no id".to_owned());
        };
        loop {
            let told = match self.step(id).await {
                Ok(Some((told, all))) => run.progress(told, Some(all)).await,
                Ok(None) => return Outcome::Done,
                Err(error) => Err(error),
            };
            if told.is_err() {
                // The words of the database may quote data.
                return Outcome::Failed("the database did not answer".to_owned());
            }
        }
    }
}
