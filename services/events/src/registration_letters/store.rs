//! The registrants to whom an organiser writes: those who hold a seat, or held one when they attended.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::registrations::State;

/// How many are in these states; no states means all who did not release the seat.
pub(super) async fn count(
    conn: &mut PgConnection,
    activity_id: Uuid,
    states: &[String],
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations
           where activity_id = $1 and state in ('registered', 'attended') and ($2::text[] = '{}' or state = any($2))"#,
        activity_id,
        states
    )
    .fetch_one(conn)
    .await
}

/// The next of them behind an ordinal, with their ordinals, in the order of admission.
pub(super) async fn next(
    conn: &mut PgConnection,
    activity_id: Uuid,
    states: &[String],
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select ordinal, person_id from registrations
         where activity_id = $1 and ordinal > $3 and state in ('registered', 'attended')
           and ($2::text[] = '{}' or state = any($2))
         order by ordinal limit $4",
        activity_id,
        states,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.ordinal, row.person_id))
        .collect())
}

/// The activities for which a person is registered, with the state.
pub(super) async fn belongs(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Vec<(Uuid, State)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select activity_id, state as "state: State" from registrations
           where person_id = $1 and state in ('registered', 'attended')"#,
        person_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.activity_id, row.state))
        .collect())
}
