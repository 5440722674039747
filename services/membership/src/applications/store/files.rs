//! The table `application_files`.

use std::collections::BTreeSet;

use async_trait::async_trait;
use attachments::Table;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which files belong to which application.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ApplicationFiles;

#[async_trait]
impl Table for ApplicationFiles {
    async fn of(
        &self,
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

    async fn attach(
        &self,
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

    async fn detach(&self, conn: &mut PgConnection, uploads: &[Uuid]) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "delete from application_files where upload_id = any($1)",
            uploads
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
