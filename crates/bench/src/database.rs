//! Direct database access of the benchmark: for set-up and verification. The platform's own work goes through its
//! services.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Creates a database if it does not exist; returns whether it was created. The name is a constant, not input.
pub async fn create(server: &str, name: &'static str) -> Result<bool> {
    let mut connection = connect(server).await?;
    let exists = sqlx::query_scalar("select exists (select from pg_database where datname = $1)");
    let exists: bool = exists.bind(name).fetch_one(&mut connection).await?;
    if !exists {
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut connection).await?;
    }
    Ok(!exists)
}

/// A connection to a database.
pub async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url)
        .await
        .context("PostgreSQL cannot be reached")
}

/// The server's version, e.g. `17.6`.
pub async fn version(url: &str) -> Result<String> {
    let mut connection = connect(url).await?;
    let version: String = sqlx::query_scalar("show server_version")
        .fetch_one(&mut connection)
        .await?;
    // Some distributions append their own text.
    Ok(version
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned())
}

/// The session secret of a synthetic person, valid on benchmark platforms only.
pub fn session_secret(person: usize) -> String {
    format!("session-of-made-up-scientist-{person:08}")
}

/// Opens a session for each of the first `people` synthetic people in identity's database, if missing.
pub async fn open_sessions(identity: &str, people: usize) -> Result<()> {
    let mut connection = connect(identity).await?;
    let (low, high) = synthetic::bounds(people as u64);
    // The secret's number is the person's ordinal: the milliseconds of the id count from its first.
    sqlx::query(
        "insert into sessions (session_id, account_id, secret_hash, method, device, origin, created_at, last_used_at, expires_at)
         select account_id, account_id,
                sha256(convert_to('session-of-made-up-scientist-'
                    || lpad((row_number() over (order by person_id) - 1)::text, 8, '0'), 'UTF8')),
                'pwd', 'made up', '', now(), now(), now() + interval '1 day'
         from accounts where person_id >= $1 and person_id < $2
         on conflict do nothing",
    )
    .bind(low)
    .bind(high)
    .execute(&mut connection)
    .await?;
    Ok(())
}

/// Some member numbers of a society, from membership's database.
pub async fn member_numbers(
    membership: &str,
    organisation_id: &str,
    limit: i64,
) -> Result<Vec<String>> {
    let mut connection = connect(membership).await?;
    let numbers = sqlx::query_scalar(
        "select member_number from memberships where organisation_id = $1::uuid order by member_number limit $2",
    );
    let numbers: Vec<String> = numbers
        .bind(organisation_id)
        .bind(limit)
        .fetch_all(&mut connection)
        .await?;
    anyhow::ensure!(!numbers.is_empty(), "the society has no members");
    Ok(numbers)
}

/// The number of rows of a table or of a query's `from`, which is a constant, not input.
pub async fn count(url: &str, from: &str) -> Result<i64> {
    let mut connection = connect(url).await?;
    let counting = AssertSqlSafe(format!("select count(*) from {from}"));
    Ok(sqlx::query_scalar(counting)
        .fetch_one(&mut connection)
        .await?)
}

/// Seats, seats taken, people with a seat, and registrations that hold one, of an activity in the events database.
pub async fn seats(events: &str, activity_id: &str) -> Result<(i32, i32, i64, i64)> {
    let mut connection = connect(events).await?;
    let found = sqlx::query_as(
        "select s.capacity, s.taken, count(distinct r.person_id), count(r.registration_id)
         from seats s left join registrations r on r.activity_id = s.activity_id and r.state <> 'cancelled'
         where s.activity_id = $1::uuid group by s.capacity, s.taken",
    );
    Ok(found.bind(activity_id).fetch_one(&mut connection).await?)
}

/// The cockpit's position in the log of events.
pub struct Checkpoint(PgConnection);

impl Checkpoint {
    pub async fn open(cockpit: &str) -> Result<Self> {
        connect(cockpit).await.map(Self)
    }

    pub async fn position(&mut self) -> Result<i64> {
        let position = sqlx::query_scalar(
            "select position from eventlog.checkpoint where consumer = 'cockpit.facts' and source = 'events'",
        );
        Ok(position.fetch_one(&mut self.0).await?)
    }
}

/// Copies of the members of an organisation what an export has of them, by member number; returns how many and how long.
pub async fn copy_members(url: &str, organisation_id: &str) -> Result<(u64, Duration)> {
    let mut connection = connect(url).await?;
    let copy = format!(
        "copy (select m.member_number, m.person_number, m.name_sealed, c.withdrawn_at, m.category, m.state, m.joined_on
               from memberships m join consents c using (consent_id)
               where m.organisation_id = '{organisation_id}' order by m.member_number) to stdout"
    );
    let begun = Instant::now();
    let mut rows = connection.copy_out_raw(&copy).await?;
    let mut lines = 0;
    while let Some(bytes) = rows.try_next().await? {
        lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    drop(rows);
    Ok((lines, begun.elapsed()))
}

/// The positions after `begin` at which registrations were published, by the id of the registration.
pub async fn positions(events: &str, begin: i64) -> Result<HashMap<String, i64>> {
    let mut connection = connect(events).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select aggregate_id::text, position from eventlog.event_log where position > $1 and event_type = 'SeatTaken'",
    )
    .bind(begin)
    .fetch_all(&mut connection)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Reads a whole log from PostgreSQL; returns the number of events.
pub async fn read_log(url: &str) -> Result<i64> {
    let mut connection = connect(url).await?;
    let events = sqlx::query_scalar("select head from eventlog.relay");
    let events: i64 = events.fetch_one(&mut connection).await?;
    let mut rows = connection
        .copy_out_raw("copy eventlog.event_log to stdout (format binary)")
        .await?;
    while rows.try_next().await?.is_some() {}
    drop(rows);
    Ok(events)
}

/// The outbox and the log of events.
pub struct Source(PgConnection);

/// Events of 300 bytes of an unknown type.
const UNKNOWN: &str = "select gen_random_uuid() as id, 'Benchmark' as aggregate, gen_random_uuid() as aggregate_id, \
     'BenchmarkTaken' as event_type, convert_to(repeat('x', 300), 'UTF8') as payload, now() as occurred_at \
     from generate_series(1, $1)";

impl Source {
    pub async fn open(events: &str) -> Result<Self> {
        connect(events).await.map(Self)
    }

    /// Writes this many events to the outbox, in one transaction.
    pub async fn fill(&mut self, events: i64) -> Result<()> {
        let fill = format!(
            "insert into eventlog.outbox (id, aggregate, aggregate_id, event_type, payload, occurred_at) {UNKNOWN}"
        );
        sqlx::query(AssertSqlSafe(fill))
            .bind(events)
            .execute(&mut self.0)
            .await?;
        Ok(())
    }

    /// The time PostgreSQL needs to insert as many such rows into a table with the indexes of the log.
    pub async fn copy(&mut self, events: i64) -> Result<Duration> {
        sqlx::raw_sql(
            "drop table if exists bench_log; create table bench_log (like eventlog.event_log including indexes)",
        )
        .execute(&mut self.0)
        .await?;
        let begun = Instant::now();
        let copy = format!(
            "insert into bench_log (position, id, aggregate, aggregate_id, event_type, payload, occurred_at, logged_at)
             select row_number() over (), id, aggregate, aggregate_id, event_type, payload, occurred_at, now() from ({UNKNOWN}) as unknown"
        );
        sqlx::query(AssertSqlSafe(copy))
            .bind(events)
            .execute(&mut self.0)
            .await?;
        let took = begun.elapsed();
        sqlx::raw_sql("drop table bench_log")
            .execute(&mut self.0)
            .await?;
        Ok(took)
    }

    /// The last position assigned, and the last that NATS has acknowledged.
    pub async fn state(&mut self) -> Result<(i64, i64)> {
        let state = sqlx::query_as("select head, published from eventlog.relay");
        Ok(state.fetch_one(&mut self.0).await?)
    }
}
