//! The tables of the schema `forms`.

use async_trait::async_trait;
use kit::access::PersonCaller;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::shelf::{Draft, Shelf, Version};

/// The tables `forms.versions` and `forms.drafts`.
#[derive(Clone, Copy, Debug)]
pub struct Tables;

#[async_trait]
impl Shelf for Tables {
    async fn current(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Option<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from forms.versions
             where form_id = $1 order by number desc limit 1",
            form_id
        )
        .fetch_optional(conn)
        .await
    }

    async fn version(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        number: i32,
    ) -> Result<Option<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from forms.versions where form_id = $1 and number = $2",
            form_id,
            number
        )
        .fetch_optional(conn)
        .await
    }

    async fn versions(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Vec<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from forms.versions where form_id = $1 order by number",
            form_id
        )
        .fetch_all(conn)
        .await
    }

    async fn draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Option<Draft>, sqlx::Error> {
        sqlx::query_as!(
            Draft,
            "select definition, editors, editor_numbers, version, changed_at from forms.drafts where form_id = $1",
            form_id
        )
        .fetch_optional(conn)
        .await
    }

    async fn lock_draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Draft, sqlx::Error> {
        sqlx::query!(
            "insert into forms.drafts (form_id, definition, editors, editor_numbers, version, changed_at)
             values ($1, null, '{}', '{}', 0, $2) on conflict (form_id) do nothing",
            form_id,
            now
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query_as!(
            Draft,
            "select definition, editors, editor_numbers, version, changed_at from forms.drafts
             where form_id = $1 for update",
            form_id
        )
        .fetch_one(conn)
        .await
    }

    async fn write_draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        draft: &Draft,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update forms.drafts
             set definition = $2, editors = $3, editor_numbers = $4, version = $5, changed_at = $6
             where form_id = $1",
            form_id,
            draft.definition,
            &draft.editors,
            &draft.editor_numbers,
            draft.version,
            draft.changed_at
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn publish(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        version: &Version,
        editors: &[Uuid],
        publisher: &PersonCaller,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into forms.versions
                 (form_id, number, definition, editors, publisher_id, publisher_number, published_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            form_id,
            version.number,
            version.definition,
            editors,
            publisher.person_id,
            publisher.person_number,
            version.published_at
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
