//! All SQL of the queue: what modules and workers do with it. What operators do is in [`operate`].

pub mod operate;

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::rules::Next;

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// UUIDv7.
    pub job_id: Uuid,
    /// Says which handler runs it.
    pub kind: &'a str,
    /// What the handler needs, sealed by the module that owns the kind.
    pub payload: &'a [u8],
    /// Enqueued once under this key, whatever the kind, as long as the job is kept.
    pub idempotency_key: &'a str,
    /// Of no use after this.
    pub expires_at: Option<OffsetDateTime>,
}

/// Leaves a job for the workers, in the transaction of what causes it; call [`WakeUp::notify`](crate::WakeUp::notify)
/// after the commit. The same idempotency key again changes nothing; `false` then.
pub async fn enqueue(
    conn: &mut PgConnection,
    job: &NewJob<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into jobs.jobs (job_id, kind, payload, idempotency_key, next_at, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $5)
         on conflict (idempotency_key) do nothing",
        job.job_id,
        job.kind,
        job.payload,
        job.idempotency_key,
        now,
        job.expires_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Leaves many jobs with one statement, each not to be run before its moment. Otherwise like [`enqueue`]; returns how many are new.
pub async fn enqueue_all(
    conn: &mut PgConnection,
    jobs: &[(NewJob<'_>, OffsetDateTime)],
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let new: Vec<_> = jobs.iter().map(|(job, due)| (job, *due, None)).collect();
    insert_all(conn, &new, now).await
}

/// The same for jobs that may be run at once, each in a lane: what it uses outside, such as the id of a site.
pub async fn enqueue_in_lanes(
    conn: &mut PgConnection,
    jobs: &[(NewJob<'_>, String)],
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let new: Vec<_> = jobs
        .iter()
        .map(|(job, lane)| (job, now, Some(lane.as_str())))
        .collect();
    insert_all(conn, &new, now).await
}

async fn insert_all(
    conn: &mut PgConnection,
    jobs: &[(&NewJob<'_>, OffsetDateTime, Option<&str>)],
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let new = || jobs.iter().map(|(job, ..)| job);
    let ids: Vec<Uuid> = new().map(|job| job.job_id).collect();
    let kinds: Vec<String> = new().map(|job| job.kind.to_owned()).collect();
    let payloads: Vec<Vec<u8>> = new().map(|job| job.payload.to_vec()).collect();
    let keys: Vec<String> = new().map(|job| job.idempotency_key.to_owned()).collect();
    let ends: Vec<Option<OffsetDateTime>> = new().map(|job| job.expires_at).collect();
    let due: Vec<OffsetDateTime> = jobs.iter().map(|(_, due, _)| *due).collect();
    let lanes: Vec<Option<String>> = jobs
        .iter()
        .map(|(.., lane)| lane.map(str::to_owned))
        .collect();
    let done = sqlx::query!(
        "insert into jobs.jobs (job_id, kind, payload, idempotency_key, next_at, expires_at, lane, created_at)
         select job_id, kind, payload, idempotency_key, next_at, expires_at, lane, $8
         from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[])
              as new (job_id, kind, payload, idempotency_key, next_at, expires_at, lane)
         on conflict (idempotency_key) do nothing",
        &ids,
        &kinds,
        &payloads,
        &keys,
        &due,
        &ends as &[Option<OffsetDateTime>],
        &lanes as &[Option<String>],
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A job that this worker may run now.
#[derive(Debug)]
pub struct Claimed {
    /// UUIDv7.
    pub job_id: Uuid,
    /// Says which handler runs it.
    pub kind: String,
    /// As it was enqueued.
    pub payload: Option<Vec<u8>>,
    /// As it was enqueued.
    pub idempotency_key: String,
    /// Which try this is, from 1.
    pub attempts: i32,
    /// Which claim this is: a report for an older one is too late.
    pub fence: i64,
    /// Of no use after this.
    pub expires_at: Option<OffsetDateTime>,
    /// Progress of earlier tries.
    pub done: i64,
    /// Of how much, if that is known.
    pub total: Option<i64>,
    /// What it uses outside, if others may stand in its way.
    pub lane: Option<String>,
}

/// How a worker's places are shared among lanes.
#[derive(Clone, Debug)]
pub struct Sharing {
    /// Places of one lane at most.
    pub most: i64,
    /// Places that lanes hold already.
    pub held: Vec<(String, i64)>,
}

/// Claims jobs of these kinds (name and lease) that are due, those included whose worker has not reported within its
/// lease. Other workers pass over them. Each kind is looked at by itself, so that the backlog of one never hides another.
pub async fn claim(
    conn: &mut PgConnection,
    kinds: &[(&str, Duration)],
    most: i64,
    now: OffsetDateTime,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let alone = Sharing {
        most,
        held: Vec::new(),
    };
    claim_shared(conn, kinds, most, &alone, now).await
}

/// The same, no more of a lane than its share. The backlog of a lane whose places are all held hides no other: it is not looked at.
pub async fn claim_shared(
    conn: &mut PgConnection,
    kinds: &[(&str, Duration)],
    most: i64,
    sharing: &Sharing,
    now: OffsetDateTime,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let (held, counts): (Vec<String>, Vec<i64>) = sharing.held.iter().cloned().unzip();
    let names: Vec<String> = kinds.iter().map(|(name, _)| (*name).to_owned()).collect();
    let leases: Vec<OffsetDateTime> = kinds.iter().map(|(_, lease)| now + *lease).collect();
    sqlx::query_as!(
        Claimed,
        "with held as materialized (select lane, places from unnest($5::text[], $6::bigint[]) as held (lane, places)),
         due as materialized (
             select one.job_id, asked.lease, one.lane, one.next_at
             from unnest($1::text[], $2::timestamptz[]) as asked (kind, lease)
             cross join lateral (
                 select job_id, next_at, lane from jobs.jobs
                 where kind = asked.kind and state in ('queued', 'running') and next_at <= $3
                   and (lane is null or not exists (select from held where held.lane = jobs.lane and held.places >= $7))
                 order by next_at limit $4 for update skip locked) as one
             where not exists (select from jobs.paused_kinds paused where paused.kind = asked.kind)
             order by one.next_at limit $4),
         shared as (
             select due.job_id, due.lease, due.lane, coalesce(held.places, 0)
                    + row_number() over (partition by due.lane order by due.next_at, due.job_id) as place
             from due left join held using (lane))
         update jobs.jobs as job set state = 'running', attempts = attempts + 1, fence = fence + 1, next_at = shared.lease
         from shared where job.job_id = shared.job_id and (shared.lane is null or shared.place <= $7)
         returning job.job_id, kind, payload, idempotency_key, attempts, fence, expires_at, done, total, job.lane",
        &names,
        &leases,
        now,
        most,
        &held,
        &counts,
        sharing.most
    )
    .fetch_all(conn)
    .await
}

/// How a try ended.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of which job.
    pub job_id: Uuid,
    /// Of which claim.
    pub fence: i64,
    /// What becomes of it.
    pub next: Next,
}

/// Records how tries ended; returns the jobs that were changed. The others are cancelled, or another worker has taken
/// over meanwhile. A job that was paused during its try ends if the try has ended it, and stays paused otherwise.
pub async fn finish(
    conn: &mut PgConnection,
    reports: &[Report],
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let ids: Vec<Uuid> = reports.iter().map(|report| report.job_id).collect();
    let fences: Vec<i64> = reports.iter().map(|report| report.fence).collect();
    let mut states = Vec::new();
    let mut times = Vec::new();
    let mut errors = Vec::new();
    for report in reports {
        let (state, at, error) = match &report.next {
            Next::Done => ("done", now, ""),
            Next::Again(at, error) => ("queued", *at, error.as_str()),
            Next::Dead(error) => ("dead", now, error.as_str()),
        };
        states.push(state.to_owned());
        times.push(at);
        // PostgreSQL refuses NUL in a text, and would refuse the other reports with it.
        errors.push(error.replace('\0', " "));
    }
    sqlx::query_scalar!(
        "update jobs.jobs as job set
             state = case when report.state = 'queued' and job.state = 'paused' then 'paused' else report.state end,
             next_at = report.at,
             last_error = report.error,
             payload = case when report.state = 'done' then null else payload end,
             finished_at = case when report.state = 'queued' then null else report.at end
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])
              as report (job_id, fence, state, at, error)
         where job.job_id = report.job_id and job.fence = report.fence and job.state in ('running', 'paused')
         returning job.job_id",
        &ids,
        &fences,
        &states,
        &times,
        &errors
    )
    .fetch_all(conn)
    .await
}

/// Records the progress of a try and renews its lease. `false` if the lease is lost: the job was paused or cancelled, or
/// another worker has taken over.
pub async fn progress(
    conn: &mut PgConnection,
    claimed: &Claimed,
    (done, total): (i64, Option<i64>),
    lease: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update jobs.jobs set done = $3, total = $4, next_at = $5
         where job_id = $1 and fence = $2 and state = 'running'",
        claimed.job_id,
        claimed.fence,
        done,
        total,
        lease
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Jobs of one kind that are not done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backlog {
    /// Are to be done, counted up to 100,000.
    pub waiting: i64,
    /// Seconds that the oldest of them has waited.
    pub age: f64,
    /// Were given up, and not yet swept away.
    pub dead: i64,
}

/// How many jobs of a kind wait and since when, and how many were given up.
pub async fn backlog(
    conn: &mut PgConnection,
    kind: &str,
    now: OffsetDateTime,
) -> Result<Backlog, sqlx::Error> {
    sqlx::query_as!(
        Backlog,
        r#"select count(*) as "waiting!",
                  coalesce(greatest(extract(epoch from $2::timestamptz - min(created_at)), 0), 0)::float8 as "age!",
                  (select count(*) from jobs.jobs where state = 'dead' and kind = $1) as "dead!"
           from (select created_at from jobs.jobs where state in ('queued', 'running') and kind = $1
                 order by next_at limit 100000) as waiting"#,
        kind,
        now
    )
    .fetch_one(conn)
    .await
}

/// Removes jobs of these kinds that were finished before this moment.
pub async fn sweep(
    conn: &mut PgConnection,
    kinds: &[&str],
    before: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let done = sqlx::query!(
        "delete from jobs.jobs where kind = any($1) and state in ('done', 'dead', 'cancelled') and finished_at < $2",
        &kinds,
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
