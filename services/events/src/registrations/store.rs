//! The SQL of registrations.

use form_versions::filter::Wanted;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Registration, State};
use crate::activities::{Kind, State as ActivityState};

/// The data of an activity in events about its registrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityDetails {
    /// Organisation of the activity.
    pub organisation_id: Uuid,
    /// The division in which it takes place.
    pub division_code: String,
    /// Kind of the activity.
    pub kind: Kind,
}

/// What a request said that made a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The registration.
    pub registration_id: Uuid,
    /// The division.
    pub division_code: String,
    /// Of the answers as they were sent.
    pub sent_hash: Option<Vec<u8>>,
}

/// The registration, not locked.
pub async fn registration(
    conn: &mut PgConnection,
    registration_id: Uuid,
) -> Result<Option<Registration>, sqlx::Error> {
    sqlx::query_as!(
        Registration,
        r#"select r.registration_id, r.activity_id, a.title as activity_title, a.starts_at as activity_starts_at,
                  a.state as "activity_state: ActivityState", r.ordinal, r.person_id, r.person_number, r.person_name,
                  r.state as "state: State", r.created_at, r.checked_in_at, r.form_version,
                  r.answers_changed_at
           from registrations r join activities a using (activity_id)
           where r.registration_id = $1"#,
        registration_id
    )
    .fetch_optional(conn)
    .await
}

/// The registration that a person's request of this id made for this activity.
pub async fn by_request(
    conn: &mut PgConnection,
    activity_id: Uuid,
    person_id: Uuid,
    request_id: &str,
) -> Result<Option<Requested>, sqlx::Error> {
    sqlx::query_as!(
        Requested,
        "select registration_id, division_code, sent_hash from registrations
         where person_id = $1 and request_id = $2 and activity_id = $3",
        person_id,
        request_id,
        activity_id
    )
    .fetch_optional(conn)
    .await
}

/// Locks the seats of an activity, to give one back. Returns whether the activity exists.
pub async fn lock_seats(conn: &mut PgConnection, activity_id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "select taken from seats where activity_id = $1 for update",
        activity_id
    )
    .fetch_optional(conn)
    .await
    .map(|row| row.is_some())
}

/// Locks a registration and reads its state. A transaction that locks the seats as well locks them first.
pub async fn lock(
    conn: &mut PgConnection,
    registration_id: Uuid,
) -> Result<Option<State>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select state as "state: State" from registrations where registration_id = $1 for update"#,
        registration_id
    )
    .fetch_optional(conn)
    .await
}

/// The data of this activity for events about its registrations.
pub async fn activity_details(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<ActivityDetails, sqlx::Error> {
    sqlx::query_as!(
        ActivityDetails,
        r#"select organisation_id, division_code as "division_code!", kind as "kind: Kind"
           from activities where activity_id = $1"#,
        activity_id
    )
    .fetch_one(conn)
    .await
}

/// Registered → cancelled, and the seat is free; what was answered is deleted. Both rows are locked.
pub async fn cancel(
    conn: &mut PgConnection,
    registration_id: Uuid,
    activity_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with cancelled as (
             update registrations set state = 'cancelled', cancelled_at = $3, answers = null
             where registration_id = $1 and state = 'registered' returning registration_id
         ), unlisted as (
             delete from registration_answers where registration_id in (select registration_id from cancelled)
         )
         update seats set taken = taken - (select count(*) from cancelled) where activity_id = $2",
        registration_id,
        activity_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A person's registrations, the newest first, those after `after`.
pub async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Registration>, sqlx::Error> {
    sqlx::query_as!(
        Registration,
        r#"select r.registration_id, r.activity_id, a.title as activity_title, a.starts_at as activity_starts_at,
                  a.state as "activity_state: ActivityState", r.ordinal, r.person_id, r.person_number, r.person_name,
                  r.state as "state: State", r.created_at, r.checked_in_at, r.form_version,
                  r.answers_changed_at
           from registrations r join activities a using (activity_id)
           where r.person_id = $1 and r.registration_id < $2
           order by r.registration_id desc
           limit $3"#,
        person_id,
        after.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(conn)
    .await
}

/// How many registrations an activity has in this state, or in all.
pub async fn count(
    conn: &mut PgConnection,
    activity_id: Uuid,
    state: Option<State>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from registrations where activity_id = $1 and ($2::text is null or state = $2)"#,
        activity_id,
        state as Option<State>
    )
    .fetch_one(conn)
    .await
}

/// The same, of those who have answered what is wanted.
pub async fn of_activity_who_answered(
    conn: &mut PgConnection,
    activity_id: Uuid,
    state: Option<State>,
    wanted: &Wanted,
    after: i64,
    limit: i64,
) -> Result<Vec<Registration>, sqlx::Error> {
    let ([key, keys @ ..], [value, values @ ..]) = (&wanted.keys[..], &wanted.values[..]) else {
        return of_activity(conn, activity_id, state, after, limit).await;
    };
    // The index gives the registrations with the first answer in their order; the other answers are looked up.
    sqlx::query_as!(
        Registration,
        r#"select r.registration_id, r.activity_id, a.title as activity_title, a.starts_at as activity_starts_at,
                  a.state as "activity_state: ActivityState", r.ordinal, r.person_id, r.person_number, r.person_name,
                  r.state as "state: State", r.created_at, r.checked_in_at, r.form_version,
                  r.answers_changed_at
           from registration_answers found
           join registrations r using (registration_id)
           join activities a on a.activity_id = r.activity_id
           where found.activity_id = $1 and found.key = $5 and found.value = $6 and found.ordinal > $3
             and ($2::text is null or r.state = $2)
             and not exists (
                 select from unnest($7::text[], $8::text[]) as wanted (key, value)
                 where not exists (select from registration_answers other
                                   where other.registration_id = found.registration_id
                                     and other.key = wanted.key and other.value = wanted.value))
           order by found.ordinal
           limit $4"#,
        activity_id,
        state as Option<State>,
        after,
        limit,
        key,
        value,
        keys,
        values
    )
    .fetch_all(conn)
    .await
}

/// The registrations of an activity in the order of admission, those after `after`.
pub async fn of_activity(
    conn: &mut PgConnection,
    activity_id: Uuid,
    state: Option<State>,
    after: i64,
    limit: i64,
) -> Result<Vec<Registration>, sqlx::Error> {
    sqlx::query_as!(
        Registration,
        r#"select r.registration_id, r.activity_id, a.title as activity_title, a.starts_at as activity_starts_at,
                  a.state as "activity_state: ActivityState", r.ordinal, r.person_id, r.person_number, r.person_name,
                  r.state as "state: State", r.created_at, r.checked_in_at, r.form_version,
                  r.answers_changed_at
           from registrations r join activities a using (activity_id)
           where r.activity_id = $1 and r.ordinal > $3 and ($2::text is null or r.state = $2)
           order by r.ordinal
           limit $4"#,
        activity_id,
        state as Option<State>,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
