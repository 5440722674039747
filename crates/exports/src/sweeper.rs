//! What becomes of exports without anybody asking: files are deleted when their time is over, when the requester has lost
//! the right, or when a consent was withdrawn; exports whose job was given up have failed; the next one gets its turn.

use kit::errors::Result;
use time::Duration;
use uuid::Uuid;

use crate::{
    exports::Exports,
    rights, rules,
    state::{Failure, State},
    store::{self, Record},
    turns,
};

/// How often.
pub(crate) const PERIOD: std::time::Duration = std::time::Duration::from_secs(20);

/// Exports that are looked at with one statement.
const BATCH: i64 = 200;
/// What an interrupted try may still be writing is looked for after this.
const LATE: Duration = Duration::minutes(10);
/// Operators look into jobs that were given up within this time.
const JOBS: Duration = Duration::days(30);

impl Exports {
    /// Once. Any number of replicas may do it at the same time.
    pub async fn sweep(&self) -> Result<()> {
        self.settle_stuck().await?;
        let mut after = None;
        loop {
            let ready = store::ready(&mut *self.db.read().await?, after, BATCH).await?;
            after = ready.last().map(|record| record.export_id);
            for record in &ready {
                if self.is_over(record).await?.is_some() {
                    self.settle_ready(record.export_id).await?;
                }
            }
            if i64::try_from(ready.len()).unwrap_or(BATCH) < BATCH {
                break;
            }
        }
        self.delete_files().await?;
        let before = self.clock.now() - JOBS;
        jobs::sweep(&mut *self.db.read().await?, &[turns::JOB], before).await?;
        Ok(())
    }

    /// What a file that is ready must become.
    async fn is_over(&self, record: &Record) -> Result<Option<State>> {
        let mut conn = self.db.read().await?;
        self.fate(&mut conn, record).await
    }

    async fn fate(&self, conn: &mut sqlx::PgConnection, record: &Record) -> Result<Option<State>> {
        let held = rights::held(conn, record, self.source.permission()).await?;
        let withdrawals = self
            .source
            .withdrawals(conn, record.organisation_id)
            .await?;
        let now = self.clock.now();
        Ok(rules::fate(
            record.expires_at.unwrap_or(now),
            now,
            rights::still_for(record.whole, held),
            record.withdrawals == Some(withdrawals),
        ))
    }

    /// Looks again under the lock, and deletes the file.
    async fn settle_ready(&self, export_id: Uuid) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let record = turns::lock(&mut tx, export_id).await?;
        let Some(record) = record.filter(|record| record.state == State::Ready) else {
            return Ok(());
        };
        if let Some(state) = self.fate(&mut tx, &record).await? {
            store::end(&mut tx, export_id, state, None, self.clock.now()).await?;
            tx.commit().await?;
            self.vault.delete_all(export_id, record.tries).await;
        }
        Ok(())
    }

    /// Exports of which nothing will come, and those that wait for nothing.
    async fn settle_stuck(&self) -> Result<()> {
        let stuck = store::stuck(&mut *self.db.read().await?, BATCH).await?;
        for record in stuck {
            let now = self.clock.now();
            let mut tx = self.db.begin().await?;
            let Some(record) = turns::lock(&mut tx, record.export_id).await? else {
                continue;
            };
            if record.state == State::Running && record.given_up {
                let failure = Some(Failure::NotFinished);
                store::end(&mut tx, record.export_id, State::Failed, failure, now).await?;
            }
            turns::start_next(&mut tx, record.requester_id, record.organisation_id, now).await?;
            tx.commit().await?;
            self.wake_up.notify();
        }
        Ok(())
    }

    /// What tries have left of exports that have ended.
    async fn delete_files(&self) -> Result<()> {
        let before = self.clock.now() - LATE;
        let unswept = store::unswept(&mut *self.db.read().await?, before, BATCH).await?;
        for (export_id, tries) in unswept {
            if self.vault.delete_all(export_id, tries).await {
                store::mark_swept(&mut *self.db.read().await?, export_id).await?;
            }
        }
        Ok(())
    }
}
