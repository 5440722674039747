//! The table `exports.exports`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::state::{Failure, Format, Kind, Language, Purpose, State};

/// An export, with what its job says.
#[derive(Clone, Debug)]
pub struct Record {
    /// UUIDv7, also of its job.
    pub export_id: Uuid,
    /// What is in the file.
    pub kind: Kind,
    /// Whose data it is.
    pub organisation_id: Uuid,
    /// The activity, if it is of one.
    pub activity_id: Option<Uuid>,
    /// Name of the organisation, or title of the activity.
    pub title: String,
    /// Who asked for it.
    pub requester_id: Uuid,
    /// The public number of that person.
    pub requester_number: String,
    /// The form of the file.
    pub format: Format,
    /// Of titles and words.
    pub language: Language,
    /// Names of columns, in the order of the file.
    pub columns: Vec<String>,
    /// Which rows.
    pub filter: serde_json::Value,
    /// What it is for.
    pub purpose: Purpose,
    /// The same in the requester's words, sealed.
    pub purpose_sealed: Vec<u8>,
    /// Where it is in its life.
    pub state: State,
    /// Why there is no file.
    pub failure: Option<Failure>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// The number of the last try that may have left a file.
    pub tries: i64,
    /// The moment of the data.
    pub read_at: Option<OffsetDateTime>,
    /// Consents withdrawn at that moment.
    pub withdrawals: Option<i64>,
    /// Whether it shows what only the organisation itself may see.
    pub whole: Option<bool>,
    /// Rows of the file.
    pub rows: Option<i64>,
    /// The try that made the file.
    pub file_try: Option<i64>,
    /// Bytes.
    pub file_size: Option<i64>,
    /// SHA-256.
    pub file_hash: Option<Vec<u8>>,
    /// The sealed key of the file.
    pub file_key: Option<Vec<u8>>,
    /// The file is deleted then.
    pub expires_at: Option<OffsetDateTime>,
    /// How often it was handed over.
    pub downloads: i32,
    /// Progress of its job: rows so far, and all rows if that is known.
    pub done: i64,
    /// See `done`.
    pub total: Option<i64>,
    /// Whether its job was given up.
    pub given_up: bool,
}

/// Selects [`Record`]s; the argument says which ones.
macro_rules! records {
    ($which:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Record,
            // The compiler cannot tell which columns a join leaves without nulls: `!` says so.
            r#"select e.export_id as "export_id!", e.kind as "kind!: Kind", e.organisation_id as "organisation_id!", e.activity_id,
                      e.title as "title!", e.requester_id as "requester_id!", e.requester_number as "requester_number!",
                      e.format as "format!: Format", e.language as "language!: Language", e.columns as "columns!",
                      e.filter as "filter!", e.purpose as "purpose!: Purpose", e.purpose_sealed as "purpose_sealed!",
                      e.state as "state!: State", e.failure as "failure: Failure", e.created_at as "created_at!",
                      e.tries as "tries!", e.read_at, e.withdrawals, e.whole, e.rows, e.file_try, e.file_size, e.file_hash,
                      e.file_key, e.expires_at, e.downloads as "downloads!", coalesce(j.done, 0) as "done!", j.total as "total?",
                      coalesce(j.state = 'dead', false) as "given_up!"
               from exports.exports e left join jobs.jobs j on j.job_id = e.export_id "#
                + $which
            $(, $argument)*
        )
    };
}

/// One export.
pub async fn find(conn: &mut PgConnection, export_id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where e.export_id = $1", export_id)
        .fetch_optional(conn)
        .await
}

/// The same, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, export_id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where e.export_id = $1 for update of e", export_id)
        .fetch_optional(conn)
        .await
}

/// Exports of a person, of one organisation or of all, newest first, behind `after`.
pub async fn of_requester(
    conn: &mut PgConnection,
    requester_id: Uuid,
    organisation_id: Option<Uuid>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where e.requester_id = $1 and ($2::uuid is null or e.organisation_id = $2)
           and e.export_id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by e.export_id desc limit $4",
        requester_id,
        organisation_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Exports of an organisation, newest first, behind `after`.
pub async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where e.organisation_id = $1 and e.export_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by e.export_id desc limit $3",
        organisation_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Locks the exports of a person for an organisation against others that begin or end, and counts those that wait or run.
pub async fn lock_turn(
    conn: &mut PgConnection,
    requester_id: Uuid,
    organisation_id: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('exports:' || $1::uuid::text || ':' || $2::uuid::text, 0)) as locked",
        requester_id,
        organisation_id
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from exports.exports
           where requester_id = $1 and organisation_id = $2 and state in ('WAITING', 'RUNNING')"#,
        requester_id,
        organisation_id
    )
    .fetch_one(conn)
    .await
}

/// An export that is asked for.
#[derive(Debug)]
pub struct NewExport<'a> {
    /// UUIDv7.
    pub export_id: Uuid,
    /// What is in the file.
    pub kind: Kind,
    /// Whose data it is.
    pub organisation_id: Uuid,
    /// The activity, if it is of one.
    pub activity_id: Option<Uuid>,
    /// Name of the organisation, or title of the activity.
    pub title: &'a str,
    /// Who asks.
    pub requester_id: Uuid,
    /// The public number of that person.
    pub requester_number: &'a str,
    /// The form of the file.
    pub format: Format,
    /// Of titles and words.
    pub language: Language,
    /// In the order of the file.
    pub columns: &'a [String],
    /// Which rows.
    pub filter: &'a serde_json::Value,
    /// What it is for.
    pub purpose: Purpose,
    /// The same in words, sealed.
    pub purpose_sealed: &'a [u8],
}

/// Enters an export that waits for its turn.
pub async fn insert(
    conn: &mut PgConnection,
    new: &NewExport<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into exports.exports (export_id, kind, organisation_id, activity_id, title, requester_id, requester_number, format,
                                      language, columns, filter, purpose, purpose_sealed, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        new.export_id,
        new.kind.as_str(),
        new.organisation_id,
        new.activity_id,
        new.title,
        new.requester_id,
        new.requester_number,
        new.format.as_str(),
        new.language.as_str(),
        new.columns,
        new.filter,
        new.purpose.as_str(),
        new.purpose_sealed,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the turn to the oldest export of a person for an organisation that waits, if none has it. Their turn is locked.
pub async fn next_turn(
    conn: &mut PgConnection,
    requester_id: Uuid,
    organisation_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update exports.exports set state = 'RUNNING'
         where export_id = (
                 select export_id from exports.exports
                 where requester_id = $1 and organisation_id = $2 and state = 'WAITING' order by export_id limit 1)
           and not exists (
                 select 1 from exports.exports
                 where requester_id = $1 and organisation_id = $2 and state = 'RUNNING')
         returning export_id",
        requester_id,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// A try begins, which may leave a file. One that had failed runs again.
pub async fn begin_try(
    conn: &mut PgConnection,
    export_id: Uuid,
    number: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update exports.exports
         set state = 'RUNNING', failure = null, ended_at = null, tries = greatest(tries, $2), swept = false
         where export_id = $1",
        export_id,
        number
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The rest of this transaction sees one moment, and ends if nothing is asked of it for a minute.
pub async fn see_one_moment(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(&mut *conn)
        .await?;
    sqlx::query!("set local idle_in_transaction_session_timeout = '60s'")
        .execute(conn)
        .await?;
    Ok(())
}

/// A file that was made.
#[derive(Debug)]
pub struct NewFile<'a> {
    /// The try that made it.
    pub number: i64,
    /// The moment of the data.
    pub read_at: OffsetDateTime,
    /// Consents withdrawn at that moment.
    pub withdrawals: i64,
    /// Whether it shows what only the organisation itself may see.
    pub whole: bool,
    /// Rows below the titles.
    pub rows: i64,
    /// Bytes.
    pub size: i64,
    /// SHA-256.
    pub hash: &'a [u8],
    /// Its sealed key.
    pub key: &'a [u8],
    /// When it is deleted.
    pub expires_at: OffsetDateTime,
}

/// The file is ready.
pub async fn finish(
    conn: &mut PgConnection,
    export_id: Uuid,
    file: &NewFile<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update exports.exports
         set state = 'READY', ended_at = $2, read_at = $3, withdrawals = $4, whole = $5, rows = $6, file_try = $7, file_size = $8,
             file_hash = $9, file_key = $10, expires_at = $11
         where export_id = $1",
        export_id,
        now,
        file.read_at,
        file.withdrawals,
        file.whole,
        file.rows,
        file.number,
        file.size,
        file.hash,
        file.key,
        file.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// There is no file, or none any more: its key is gone at once, the file is swept.
pub async fn end(
    conn: &mut PgConnection,
    export_id: Uuid,
    state: State,
    failure: Option<Failure>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update exports.exports set state = $2, failure = $3, ended_at = $4, file_key = null where export_id = $1",
        export_id,
        state.as_str(),
        failure.map(Failure::as_str),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The file is handed over; `false` if there is none any more.
pub async fn count_download(conn: &mut PgConnection, export_id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update exports.exports set downloads = downloads + 1 where export_id = $1 and state = 'READY'",
        export_id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Exports whose files are ready, in the order of their ids, behind `after`.
pub async fn ready(
    conn: &mut PgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where e.state = 'READY' and e.export_id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
         order by e.export_id limit $2",
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Running exports whose job was given up, or is not there, and exports that wait although none runs before them.
pub async fn stuck(conn: &mut PgConnection, limit: i64) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where (e.state = 'RUNNING' and coalesce(j.state in ('dead', 'cancelled'), true))
            or (e.state = 'WAITING' and not exists (
                  select 1 from exports.exports before where before.requester_id = e.requester_id
                    and before.organisation_id = e.organisation_id and before.state = 'RUNNING'))
         order by e.export_id limit $1",
        limit
    )
    .fetch_all(conn)
    .await
}

/// Exports that ended before this moment and of which files may be left: id and last try.
pub async fn unswept(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select export_id, tries from exports.exports
         where not swept and state not in ('WAITING', 'RUNNING', 'READY') and ended_at < $1 order by export_id limit $2",
        before,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.export_id, row.tries))
        .collect())
}

/// No file of an export is left.
pub async fn mark_swept(conn: &mut PgConnection, export_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update exports.exports set swept = true
         where export_id = $1 and state not in ('WAITING', 'RUNNING', 'READY')",
        export_id
    )
    .execute(conn)
    .await?;
    Ok(())
}
