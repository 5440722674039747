//! All SQL of throttles.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    Counter,
    rules::{self, Refused, State},
    work::Solved,
};

/// Counts an attempt as a failure, or says why it is not carried out; then nothing is counted. Commit before it is carried out.
pub async fn admit(
    conn: &mut PgConnection,
    counters: &[Counter],
    worked: bool,
    now: OffsetDateTime,
) -> Result<Result<(), Refused>, sqlx::Error> {
    let locked = locked(conn, counters, now).await?;
    let states: Vec<_> = locked
        .iter()
        .map(|(counter, state)| (counter.policy, *state))
        .collect();
    match rules::admit(&states, worked, now) {
        Ok(states) => {
            let states: Vec<_> = locked
                .iter()
                .map(|(counter, _)| counter.key)
                .zip(states)
                .collect();
            write(conn, &states).await?;
            Ok(Ok(()))
        }
        Err(refused) => Ok(Err(refused)),
    }
}

/// The attempt succeeded, or was never carried out.
pub async fn forgive(
    conn: &mut PgConnection,
    counters: &[Counter],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let states: Vec<_> = locked(conn, counters, now)
        .await?
        .into_iter()
        .filter_map(|(counter, state)| Some((counter.key, rules::forgive(state?))))
        .collect();
    write(conn, &states).await
}

/// What is remembered of a key.
pub async fn read(conn: &mut PgConnection, key: &[u8; 32]) -> Result<Option<State>, sqlx::Error> {
    sqlx::query_as!(
        State,
        "select failures, forgetting_since, blocked_until from throttles where throttle_key = $1",
        key
    )
    .fetch_optional(conn)
    .await
}

/// Uses a proof of work up; `false` if it has served. Of two at the same time, the second waits for the first.
pub async fn spend(conn: &mut PgConnection, solved: &Solved) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into spent_challenges (nonce, expires_at) values ($1, $2) on conflict do nothing",
        &solved.nonce,
        solved.expires_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The rows of these counters, locked in one order everywhere. Makes those that are missing, so that two first attempts cannot both
/// find none.
async fn locked<'a>(
    conn: &mut PgConnection,
    counters: &'a [Counter],
    now: OffsetDateTime,
) -> Result<Vec<(&'a Counter, Option<State>)>, sqlx::Error> {
    let mut sorted: Vec<&Counter> = counters.iter().collect();
    sorted.sort_unstable_by_key(|counter| counter.key);
    let keys: Vec<Vec<u8>> = sorted.iter().map(|counter| counter.key.to_vec()).collect();
    sqlx::query!(
        "insert into throttles (throttle_key, failures, forgetting_since, blocked_until)
         select key, 0, $2, $2 from unnest($1::bytea[]) as key order by key
         on conflict do nothing",
        &keys,
        now
    )
    .execute(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        "select throttle_key, failures, forgetting_since, blocked_until from throttles
         where throttle_key = any($1) order by throttle_key for update",
        &keys
    )
    .fetch_all(conn)
    .await?;
    let state = |counter: &Counter| {
        rows.iter()
            .find(|row| row.throttle_key == counter.key)
            .map(|row| State {
                failures: row.failures,
                forgetting_since: row.forgetting_since,
                blocked_until: row.blocked_until,
            })
    };
    Ok(sorted
        .into_iter()
        .map(|counter| (counter, state(counter)))
        .collect())
}

async fn write(conn: &mut PgConnection, states: &[([u8; 32], State)]) -> Result<(), sqlx::Error> {
    let keys: Vec<Vec<u8>> = states.iter().map(|(key, _)| key.to_vec()).collect();
    let failures: Vec<i32> = states.iter().map(|(_, state)| state.failures).collect();
    let last: Vec<OffsetDateTime> = states
        .iter()
        .map(|(_, state)| state.forgetting_since)
        .collect();
    let blocked: Vec<OffsetDateTime> = states
        .iter()
        .map(|(_, state)| state.blocked_until)
        .collect();
    sqlx::query!(
        "update throttles t
         set failures = n.failures, forgetting_since = n.forgetting_since, blocked_until = n.blocked_until
         from unnest($1::bytea[], $2::integer[], $3::timestamptz[], $4::timestamptz[])
              as n (throttle_key, failures, forgetting_since, blocked_until)
         where t.throttle_key = n.throttle_key",
        &keys,
        &failures,
        &last,
        &blocked
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes what has been forgotten long ago, and proofs of work that are void.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    sqlx::query!("delete from spent_challenges where expires_at < $1", before)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query!(
        "delete from throttles where forgetting_since < $1 and blocked_until < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
