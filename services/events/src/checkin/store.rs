//! The SQL of check-in: attendance and credit are written by one statement.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::registrations::State;

/// A locked registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The registrant.
    pub person_id: Uuid,
    /// Its state.
    pub state: State,
    /// Minutes credited by an earlier check-in.
    pub credited_minutes: i32,
}

/// The registrant of a registration of this activity, who never changes.
pub async fn holder(
    conn: &mut PgConnection,
    registration_id: Uuid,
    activity_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from registrations where registration_id = $1 and activity_id = $2",
        registration_id,
        activity_id
    )
    .fetch_optional(conn)
    .await
}

/// Locks a registration of this activity.
pub async fn lock(
    conn: &mut PgConnection,
    registration_id: Uuid,
    activity_id: Uuid,
) -> Result<Option<Locked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select person_id, state as "state: State" from registrations
           where registration_id = $1 and activity_id = $2 for update"#,
        registration_id,
        activity_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut locked = Locked {
        person_id: row.person_id,
        state: row.state,
        credited_minutes: 0,
    };
    if locked.state == State::Attended {
        // A separate statement: the one above may have waited for the check-in that booked the credit.
        locked.credited_minutes = credited(conn, registration_id).await?;
    }
    Ok(Some(locked))
}

async fn credited(conn: &mut PgConnection, registration_id: Uuid) -> Result<i32, sqlx::Error> {
    let minutes = sqlx::query_scalar!(
        "select minutes from credits where registration_id = $1",
        registration_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(minutes.unwrap_or(0))
}

/// Registered → attended, with its credit (none for 0 minutes). The registration is locked.
pub async fn check_in(
    conn: &mut PgConnection,
    registration_id: Uuid,
    credit_id: Uuid,
    minutes: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with attended as (
             update registrations set state = 'attended', checked_in_at = $4
             where registration_id = $1 and state = 'registered'
             returning registration_id, activity_id, person_id
         )
         insert into credits (credit_id, registration_id, activity_id, person_id, minutes, credited_at)
         select $2, registration_id, activity_id, person_id, $3, $4 from attended where $3 > 0",
        registration_id,
        credit_id,
        minutes,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
