//! All SQL of subjects.

use sqlx::PgConnection;
use uuid::Uuid;

/// Remembers whom a subject means.
pub async fn remember(
    conn: &mut PgConnection,
    subject: &str,
    organisation_id: Uuid,
    person_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into pairwise_subjects (subject, organisation_id, person_id) values ($1, $2, $3) on conflict do nothing",
        subject,
        organisation_id,
        person_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whom a subject of this organisation means.
pub async fn person(
    conn: &mut PgConnection,
    subject: &str,
    organisation_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select person_id from pairwise_subjects where subject = $1 and organisation_id = $2",
        subject,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}
