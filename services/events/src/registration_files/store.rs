//! The table `registration_files`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use attachments::Table;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which files belong to which registration.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationFiles;

#[async_trait]
impl Table for RegistrationFiles {
    async fn of(
        &self,
        conn: &mut PgConnection,
        registration_id: Uuid,
    ) -> Result<BTreeSet<Uuid>, sqlx::Error> {
        let ids = sqlx::query_scalar!(
            "select upload_id from registration_files where registration_id = $1",
            registration_id
        )
        .fetch_all(conn)
        .await?;
        Ok(ids.into_iter().collect())
    }

    async fn attach(
        &self,
        conn: &mut PgConnection,
        registration_id: Uuid,
        uploads: &[Uuid],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let each: Vec<(Uuid, Uuid)> = uploads
            .iter()
            .map(|upload_id| (*upload_id, registration_id))
            .collect();
        attach_all(conn, &each, now).await
    }

    async fn detach(&self, conn: &mut PgConnection, uploads: &[Uuid]) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "delete from registration_files where upload_id = any($1)",
            uploads
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// From now on each of these uploads belongs to its registration.
pub async fn attach_all(
    conn: &mut PgConnection,
    each: &[(Uuid, Uuid)],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (uploads, registrations): (Vec<Uuid>, Vec<Uuid>) = each.iter().copied().unzip();
    sqlx::query!(
        "insert into registration_files (upload_id, registration_id, attached_at)
         select upload_id, registration_id, $3::timestamptz
         from unnest($1::uuid[], $2::uuid[]) as each (upload_id, registration_id)",
        &uploads,
        &registrations,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
