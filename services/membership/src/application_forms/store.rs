//! The tables `application_form_versions` and `application_form_drafts`.

use async_trait::async_trait;
use form_versions::{Draft, Shelf, Version};
use forms::definition::Binding;
use kit::access::PersonCaller;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// The forms of organisations, by their ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables;

#[async_trait]
impl Shelf for Tables {
    fn bindings(&self) -> &'static [Binding] {
        &[
            Binding::PersonName,
            Binding::PersonNumber,
            Binding::Workplace,
        ]
    }

    async fn current(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<Option<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from application_form_versions
             where organisation_id = $1 order by number desc limit 1",
            organisation_id
        )
        .fetch_optional(conn)
        .await
    }

    async fn version(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        number: i32,
    ) -> Result<Option<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from application_form_versions
             where organisation_id = $1 and number = $2",
            organisation_id,
            number
        )
        .fetch_optional(conn)
        .await
    }

    async fn versions(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<Vec<Version>, sqlx::Error> {
        sqlx::query_as!(
            Version,
            "select number, definition, published_at from application_form_versions where organisation_id = $1 order by number",
            organisation_id
        )
        .fetch_all(conn)
        .await
    }

    async fn draft(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
    ) -> Result<Option<Draft>, sqlx::Error> {
        sqlx::query_as!(
            Draft,
            "select definition, editors, editor_numbers, version, changed_at from application_form_drafts
             where organisation_id = $1",
            organisation_id
        )
        .fetch_optional(conn)
        .await
    }

    async fn lock_draft(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Draft, sqlx::Error> {
        sqlx::query!(
            "insert into application_form_drafts (organisation_id, definition, editors, editor_numbers, version, changed_at)
             values ($1, null, '{}', '{}', 0, $2) on conflict (organisation_id) do nothing",
            organisation_id,
            now
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query_as!(
            Draft,
            "select definition, editors, editor_numbers, version, changed_at from application_form_drafts
             where organisation_id = $1 for update",
            organisation_id
        )
        .fetch_one(conn)
        .await
    }

    async fn write_draft(
        &self,
        conn: &mut PgConnection,
        organisation_id: Uuid,
        draft: &Draft,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update application_form_drafts
             set definition = $2, editors = $3, editor_numbers = $4, version = $5, changed_at = $6
             where organisation_id = $1",
            organisation_id,
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
        organisation_id: Uuid,
        version: &Version,
        editors: &[Uuid],
        publisher: &PersonCaller,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into application_form_versions
                 (organisation_id, number, definition, editors, publisher_id, publisher_number, published_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            organisation_id,
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

/// How many applications that can still be changed have answers to a version.
pub(crate) async fn open_applications(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from applications
           where organisation_id = $1 and state in ('DRAFT', 'RETURNED') and answers_sealed is not null"#,
        organisation_id
    )
    .fetch_one(conn)
    .await
}
