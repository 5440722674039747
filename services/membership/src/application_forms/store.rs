//! The tables `application_form_versions` and `application_form_drafts`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A published version.
#[derive(Debug)]
pub(crate) struct Version {
    pub number: i32,
    pub definition: String,
    pub published_at: OffsetDateTime,
}

/// The draft of an organisation, or what is left of one.
#[derive(Debug)]
pub(crate) struct Draft {
    /// `None`: there is no draft.
    pub definition: Option<String>,
    pub editors: Vec<Uuid>,
    pub editor_numbers: Vec<String>,
    pub version: i64,
    pub changed_at: OffsetDateTime,
}

/// The latest version.
pub(crate) async fn current(
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

/// One version.
pub(crate) async fn version(
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

/// The draft.
pub(crate) async fn draft(
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

/// The draft, locked; its row is made if there is none, so that two who begin at once wait for each other.
pub(crate) async fn lock_draft(
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

/// Writes a draft that is locked, or that there is none any more; its version goes on by one.
pub(crate) async fn write_draft(
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

/// Who publishes.
#[derive(Debug)]
pub(crate) struct Publisher<'a> {
    pub person_id: Uuid,
    pub person_number: &'a str,
}

/// Publishes a version, with the draft locked.
pub(crate) async fn publish(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    version: &Version,
    editors: &[Uuid],
    publisher: &Publisher<'_>,
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
