//! The table `application_files`.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The files of an application.
pub(crate) async fn of(
    conn: &mut PgConnection,
    application_id: Uuid,
) -> Result<BTreeSet<Uuid>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select upload_id from application_files where application_id = $1",
        application_id
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().collect())
}

/// From now on these files belong to the application.
pub(crate) async fn attach(
    conn: &mut PgConnection,
    application_id: Uuid,
    uploads: &[Uuid],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into application_files (upload_id, application_id, attached_at)
         select upload_id, $2::uuid, $3::timestamptz from unnest($1::uuid[]) as upload_id",
        uploads,
        application_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// These files belong to it no longer.
pub(crate) async fn detach(conn: &mut PgConnection, uploads: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from application_files where upload_id = any($1)",
        uploads
    )
    .execute(conn)
    .await?;
    Ok(())
}
