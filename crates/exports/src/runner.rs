//! The job that makes a file.
//!
//! All rows are read in one transaction that sees one moment (REPEATABLE READ), page by page, and go through the sheet
//! into the object store as they come: neither the rows nor the file are ever in memory as a whole. The transaction keeps
//! the database from cleaning up behind it, so it lasts [`rules::LONGEST_READING`] at most; a list that takes longer is
//! not exported.
//!
//! A try begins anew: half a file is worth nothing, and a resumed one would be of two moments. What an earlier try has
//! left is swept.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use jobs::{Handler, Outcome, Policy, Run};
use kit::{
    access::Reach,
    audit,
    errors::{Problem, Result},
    notices::Notice,
};
use proto_exports::reasons;
use proto_notices::templates::{ExportFailed, ExportReady};
use time::{Duration, OffsetDateTime};
use tokio::{
    sync::mpsc,
    time::{interval, timeout},
};
use uuid::Uuid;

use crate::{
    exports::Exports,
    rights, rules,
    sheet::Sheet,
    source::Wanted,
    state::{Failure, State},
    store::{self, NewFile, Record},
    table::{Cell, Column, Heading, Spread},
    turns,
    vault::Stored,
};

/// Rows that are read at a time.
const PAGE: i64 = 1_000;
/// Pieces of the file that wait for the object store, each of a page of rows.
const PIECES: usize = 4;
/// How often progress is reported.
const BEAT: std::time::Duration = std::time::Duration::from_secs(1);

/// A worker that died is replaced after a minute.
pub(crate) const POLICY: Policy = Policy {
    most_attempts: 5,
    first_pause: Duration::seconds(2),
    longest_pause: Duration::minutes(1),
    timeout: Duration::seconds(20),
};

/// Makes files.
pub(crate) struct Runner(pub Exports);

/// What was read, with the moment.
struct Reading {
    read_at: OffsetDateTime,
    withdrawals: i64,
    rows: i64,
}

/// How far a try is.
#[derive(Default)]
struct Progress {
    done: AtomicI64,
    total: AtomicI64,
}

#[async_trait]
impl Handler for Runner {
    async fn run(&self, run: &Run) -> Outcome {
        match self.try_once(run).await {
            Ok(outcome) => outcome,
            // The words of a problem hold no personal data.
            Err(problem) => Outcome::Failed(problem.to_string()),
        }
    }
}

impl Runner {
    async fn try_once(&self, run: &Run) -> Result<Outcome> {
        let Some((record, reach)) = self.begin(run).await? else {
            return Ok(Outcome::Done);
        };
        let Ok(made) = timeout(rules::LONGEST_READING, self.make(run, &record, reach)).await else {
            return self.fail(run, Failure::NotFinished).await;
        };
        match made? {
            Err(failure) => self.fail(run, failure).await,
            Ok((reading, stored)) => self.finish(run, reach, &reading, &stored).await,
        }
    }

    /// The export and where its requester holds the right; `None` if there is nothing to be made.
    async fn begin(&self, run: &Run) -> Result<Option<(Record, Reach)>> {
        let (exports, now) = (&self.0, run.now());
        let mut tx = exports.db.begin().await?;
        let Some(record) = turns::lock(&mut tx, run.job().job_id).await? else {
            return Ok(None);
        };
        // One that had failed runs again when an operator has retried its job. If another one runs by now, the database
        // refuses, and the job is tried later.
        if !matches!(record.state, State::Running | State::Failed) {
            return Ok(None);
        }
        let permission = exports.source.permission();
        let Some(reach) = rights::held(&mut tx, &record, permission).await? else {
            self.revoke(&mut tx, &record, now).await?;
            tx.commit().await?;
            exports.wake_up.notify();
            return Ok(None);
        };
        store::begin_try(&mut tx, record.export_id, run.job().fence).await?;
        tx.commit().await?;
        Ok(Some((record, reach)))
    }

    /// Reads the rows and stores the file.
    async fn make(
        &self,
        run: &Run,
        record: &Record,
        reach: Reach,
    ) -> Result<Result<(Reading, Stored), Failure>> {
        let progress = Progress::default();
        let (sender, pieces) = mpsc::channel(PIECES);
        let reading = async {
            match self.read(run, record, reach, &progress, sender).await {
                Ok(Ok(reading)) => Ok(reading),
                Ok(Err(failure)) => Err(Ok(failure)),
                Err(problem) => Err(Err(problem)),
            }
        };
        let storing = async {
            let stored = self.0.vault.put(record.export_id, run.job().fence, pieces);
            stored.await.map_err(Err)
        };
        // If reading ends in an error, storing is dropped before it takes what it has for the whole.
        let both = async { tokio::try_join!(reading, storing) };
        let both = tokio::select! {
            both = both => both,
            problem = report(run, &progress) => Err(Err(problem)),
        };
        match both {
            Ok(made) => Ok(Ok(made)),
            Err(Ok(failure)) => Ok(Err(failure)),
            Err(Err(problem)) => Err(problem),
        }
    }

    async fn read(
        &self,
        run: &Run,
        record: &Record,
        reach: Reach,
        progress: &Progress,
        pieces: mpsc::Sender<Bytes>,
    ) -> Result<Result<Reading, Failure>> {
        let source = &self.0.source;
        let wanted = Wanted {
            organisation_id: record.organisation_id,
            activity_id: record.activity_id,
            filter: record.filter.clone(),
            language: record.language,
        };
        let mut tx = self.0.db.begin().await?;
        store::see_one_moment(&mut tx).await?;
        let read_at = run.now();
        let withdrawals = source.withdrawals(&mut tx, record.organisation_id).await?;
        let total = source.count(&mut tx, &wanted).await?;
        if let Err(failure) = rules::check_rows(total) {
            return Ok(Err(failure));
        }
        progress.total.store(total, Ordering::Relaxed);
        let (columns, places) = chosen(source.columns(), &record.columns);
        let name = source.name().in_language(record.language);
        let spread = source.spread(&mut tx, &wanted).await?;
        let headings = headings(&columns, spread.as_ref(), record);
        let mut sheet = Sheet::new(record.format, name, &headings).map_err(unwritten)?;
        let (mut after, mut rows) = (None, 0);
        loop {
            let page = source
                .rows(&mut tx, &wanted, reach, after.as_deref(), PAGE)
                .await?;
            for mut row in page.rows {
                let cells: Vec<Cell> = places
                    .iter()
                    .map(|&at| row.get_mut(at).map_or(Cell::Empty, std::mem::take))
                    .flat_map(|cell| match cell {
                        Cell::Several(cells) => cells,
                        cell => vec![cell],
                    })
                    .collect();
                sheet.write_row(&cells).map_err(unwritten)?;
                rows += 1;
            }
            progress.done.store(rows, Ordering::Relaxed);
            send(&pieces, sheet.take()).await?;
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        tx.commit().await?;
        send(&pieces, sheet.finish().map_err(unwritten)?).await?;
        Ok(Ok(Reading {
            read_at,
            withdrawals,
            rows,
        }))
    }

    /// The file is ready, unless something has changed since its moment.
    async fn finish(
        &self,
        run: &Run,
        reach: Reach,
        reading: &Reading,
        stored: &Stored,
    ) -> Result<Outcome> {
        let (exports, now) = (&self.0, run.now());
        let (export_id, number) = (run.job().job_id, run.job().fence);
        let mut tx = exports.db.begin().await?;
        let record = turns::lock(&mut tx, export_id).await?;
        let Some(record) = record.filter(|record| record.state == State::Running) else {
            // Cancelled, or made by another worker.
            drop(tx);
            exports.vault.delete(export_id, number).await;
            return Ok(Outcome::Done);
        };
        let whole = reach == Reach::There;
        let permission = exports.source.permission();
        let held = rights::held(&mut tx, &record, permission).await?;
        if !rights::still_for(Some(whole), held) {
            self.revoke(&mut tx, &record, now).await?;
            tx.commit().await?;
            exports.wake_up.notify();
            exports.vault.delete(export_id, number).await;
            return Ok(Outcome::Done);
        }
        let withdrawals = exports
            .source
            .withdrawals(&mut tx, record.organisation_id)
            .await?;
        if withdrawals != reading.withdrawals {
            drop(tx);
            exports.vault.delete(export_id, number).await;
            return Ok(Outcome::Failed(
                "a consent was withdrawn while the file was made".to_owned(),
            ));
        }
        let file = NewFile {
            number,
            read_at: reading.read_at,
            withdrawals: reading.withdrawals,
            whole,
            rows: reading.rows,
            size: stored.size,
            hash: &stored.hash,
            key: &stored.key,
            expires_at: now + rules::KEPT,
        };
        store::finish(&mut tx, export_id, &file, now).await?;
        let organisation_id = record.organisation_id;
        let ready = Notice::to_person(record.requester_id, ExportReady { organisation_id });
        tx.notify(&[ready], now).await?;
        self.next(&mut tx, &record, now).await?;
        tx.commit().await?;
        exports.wake_up.notify();
        exports.vault.delete_before(export_id, number).await;
        Ok(Outcome::Done)
    }

    async fn fail(&self, run: &Run, failure: Failure) -> Result<Outcome> {
        let (exports, now) = (&self.0, run.now());
        let mut tx = exports.db.begin().await?;
        if let Some(record) = turns::lock(&mut tx, run.job().job_id).await?
            && record.state == State::Running
        {
            store::end(&mut tx, record.export_id, State::Failed, Some(failure), now).await?;
            let organisation_id = record.organisation_id;
            let failed = Notice::to_person(record.requester_id, ExportFailed { organisation_id });
            tx.notify(&[failed], now).await?;
            self.next(&mut tx, &record, now).await?;
        }
        tx.commit().await?;
        exports.wake_up.notify();
        Ok(Outcome::Done)
    }

    /// Ends an export whose requester may no longer have it.
    async fn revoke(
        &self,
        conn: &mut sqlx::PgConnection,
        record: &Record,
        now: OffsetDateTime,
    ) -> Result<()> {
        store::end(conn, record.export_id, State::Revoked, None, now).await?;
        audit::record(
            conn,
            &rights::requester(record),
            self.0.source.action(),
            &subject(record.export_id),
            reasons::PERMISSION_DENIED.code,
            now,
        )
        .await?;
        self.next(conn, record, now).await
    }

    async fn next(
        &self,
        conn: &mut sqlx::PgConnection,
        record: &Record,
        now: OffsetDateTime,
    ) -> Result<()> {
        turns::start_next(conn, record.requester_id, record.organisation_id, now).await
    }
}

/// As in audit records.
pub(crate) fn subject(export_id: Uuid) -> String {
    format!("export:{export_id}")
}

/// Reports progress until the database refuses. Does not go on when the lease is lost.
async fn report(run: &Run, progress: &Progress) -> Problem {
    let mut beat = interval(BEAT);
    loop {
        beat.tick().await;
        let total = progress.total.load(Ordering::Relaxed);
        let done = progress.done.load(Ordering::Relaxed);
        if let Err(error) = run.progress(done, Some(total)).await {
            return error.into();
        }
    }
}

/// The columns of an export in its order, and their places in the rows of the source. One that no longer exists is left out.
fn chosen(all: &'static [Column], keys: &[String]) -> (Vec<&'static Column>, Vec<usize>) {
    keys.iter()
        .filter_map(|key| {
            let place = all.iter().position(|column| column.key == key)?;
            Some((&all[place], place))
        })
        .unzip()
}

/// The heads of the file: those of the columns, and others in the place of one that is spread.
fn headings(columns: &[&Column], spread: Option<&Spread>, record: &Record) -> Vec<Heading> {
    let heads = columns.iter().flat_map(|column| match spread {
        Some(spread) if spread.key == column.key => spread.headings.clone(),
        _ => vec![column.heading(record.language)],
    });
    heads.collect()
}

async fn send(pieces: &mpsc::Sender<Bytes>, piece: Vec<u8>) -> Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    let sent = pieces.send(piece.into()).await;
    sent.map_err(|_| Problem::internal(anyhow::anyhow!("the object store has stopped reading")))
}

fn unwritten(error: zip::result::ZipError) -> Problem {
    Problem::internal(anyhow::anyhow!("the sheet cannot be written: {error}"))
}
