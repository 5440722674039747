//! The SQL of registration forms: the version that is asked, and answers.

use std::collections::HashMap;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities::State;

/// State of an activity and the version of its form that is asked.
pub async fn asked(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<(State, Option<i32>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select state as "state: State", form_version from activities where activity_id = $1"#,
        activity_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.state, row.form_version)))
}

/// From now on registrants answer this version; `None`: nothing is asked. The activity is locked.
pub async fn ask(
    conn: &mut PgConnection,
    activity_id: Uuid,
    form_version: Option<i32>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activities set form_version = $2, version = version + 1 where activity_id = $1",
        activity_id,
        form_version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The answers of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Sealed; `None` for none.
    pub answers: Option<Vec<u8>>,
    /// Of the etag.
    pub version: i64,
    /// When they were last changed.
    pub changed_at: Option<OffsetDateTime>,
}

/// The answers of a registration.
pub async fn answers(conn: &mut PgConnection, registration_id: Uuid) -> Result<Held, sqlx::Error> {
    sqlx::query_as!(
        Held,
        "select answers, answers_version as version, answers_changed_at as changed_at
         from registrations where registration_id = $1",
        registration_id
    )
    .fetch_one(conn)
    .await
}

/// Other answers; the registration is locked.
pub async fn change(
    conn: &mut PgConnection,
    registration_id: Uuid,
    answers: &Held,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update registrations set answers = $2, answers_version = $3, answers_changed_at = $4 where registration_id = $1",
        registration_id,
        answers.answers,
        answers.version,
        answers.changed_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The answers of these registrations, sealed.
pub async fn answers_of(
    conn: &mut PgConnection,
    registration_ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<u8>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select registration_id, answers as "answers!" from registrations
           where registration_id = any($1) and answers is not null"#,
        registration_ids
    )
    .fetch_all(conn)
    .await?;
    let answers = rows
        .into_iter()
        .map(|row| (row.registration_id, row.answers));
    Ok(answers.collect())
}

/// The name of each of these organisations that there is.
pub async fn organisations(
    conn: &mut PgConnection,
    organisation_ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organisation_id, name from access.organisations where organisation_id = any($1)",
        organisation_ids
    )
    .fetch_all(conn)
    .await?;
    let names = rows.into_iter().map(|row| (row.organisation_id, row.name));
    Ok(names.collect())
}
