//! All SQL of throttles.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    Throttle,
    rules::{self, State},
};

/// Books an attempt for each of these, or says how long the longest pause among them still is; then nothing is booked. Commit at once:
/// the booking must stand while the attempt is carried out.
pub async fn book(
    conn: &mut PgConnection,
    throttles: &[Throttle],
    now: OffsetDateTime,
) -> Result<Result<(), time::Duration>, sqlx::Error> {
    let mut booked = Vec::with_capacity(throttles.len());
    let mut longest = time::Duration::ZERO;
    for (throttle, state) in locked(conn, throttles, now).await? {
        match rules::book(throttle.policy, state, now) {
            Ok(state) => booked.push((throttle.key, state)),
            Err(wait) => longest = longest.max(wait),
        }
    }
    if longest > time::Duration::ZERO {
        return Ok(Err(longest));
    }
    write(conn, &booked).await?;
    Ok(Ok(()))
}

/// Takes the bookings back: the attempt succeeded, or was never carried out.
pub async fn take_back(
    conn: &mut PgConnection,
    throttles: &[Throttle],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let states: Vec<_> = locked(conn, throttles, now)
        .await?
        .into_iter()
        .filter_map(|(throttle, state)| Some((throttle.key, rules::take_back(state?))))
        .collect();
    write(conn, &states).await
}

/// The rows of these throttles, locked in one order everywhere. Makes those that are missing, so that two first attempts cannot both
/// find none.
async fn locked<'a>(
    conn: &mut PgConnection,
    throttles: &'a [Throttle],
    now: OffsetDateTime,
) -> Result<Vec<(&'a Throttle, Option<State>)>, sqlx::Error> {
    let mut sorted: Vec<&Throttle> = throttles.iter().collect();
    sorted.sort_unstable_by_key(|throttle| throttle.key);
    let keys: Vec<Vec<u8>> = sorted
        .iter()
        .map(|throttle| throttle.key.to_vec())
        .collect();
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
    let state = |throttle: &Throttle| {
        rows.iter()
            .find(|row| row.throttle_key == throttle.key)
            .map(|row| State {
                failures: row.failures,
                forgetting_since: row.forgetting_since,
                blocked_until: row.blocked_until,
            })
    };
    Ok(sorted
        .into_iter()
        .map(|throttle| (throttle, state(throttle)))
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

/// Removes what has been forgotten long ago.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "delete from throttles where forgetting_since < $1 and blocked_until < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
