//! The tables `approvals.route_versions` and `approvals.route_drafts`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A published version.
#[derive(Clone, Debug)]
pub struct Version {
    /// 1, 2, 3 …
    pub number: i32,
    /// JSON of a [`Route`](crate::Route).
    pub definition: String,
    /// When it was published.
    pub published_at: OffsetDateTime,
}

/// The draft of an organisation, or what is left of one.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `None`: there is no draft.
    pub definition: Option<String>,
    /// Who worked on it.
    pub editors: Vec<Uuid>,
    /// Their public numbers.
    pub editor_numbers: Vec<String>,
    /// The etag.
    pub version: i64,
    /// When it was last saved.
    pub changed_at: OffsetDateTime,
}

/// The latest version.
pub async fn current(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as!(
        Version,
        "select number, definition, published_at from approvals.route_versions
         where kind = $1 and organisation_id = $2 order by number desc limit 1",
        kind,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// Several versions of organisations: of each pair the definition, in no order.
pub async fn definitions(
    conn: &mut PgConnection,
    kind: &str,
    wanted: &[(Uuid, i32)],
) -> Result<Vec<(Uuid, i32, String)>, sqlx::Error> {
    let (organisations, numbers): (Vec<Uuid>, Vec<i32>) = wanted.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select v.organisation_id, v.number, v.definition
           from (select distinct * from unnest($2::uuid[], $3::integer[]) as w (organisation_id, number)) as wanted
           join approvals.route_versions v using (organisation_id, number)
           where v.kind = $1"#,
        kind,
        &organisations,
        &numbers
    )
    .fetch_all(conn)
    .await?;
    let row = rows
        .into_iter()
        .map(|row| (row.organisation_id, row.number, row.definition));
    Ok(row.collect())
}

/// The draft.
pub async fn draft(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
) -> Result<Option<Draft>, sqlx::Error> {
    sqlx::query_as!(
        Draft,
        "select definition, editors, editor_numbers, version, changed_at from approvals.route_drafts
         where kind = $1 and organisation_id = $2",
        kind,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// The draft, locked; its row is made if there is none, so that two who begin at once wait for each other.
pub async fn lock_draft(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    now: OffsetDateTime,
) -> Result<Draft, sqlx::Error> {
    sqlx::query!(
        "insert into approvals.route_drafts (kind, organisation_id, definition, editors, editor_numbers, version, changed_at)
         values ($1, $2, null, '{}', '{}', 0, $3) on conflict (kind, organisation_id) do nothing",
        kind,
        organisation_id,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_as!(
        Draft,
        "select definition, editors, editor_numbers, version, changed_at from approvals.route_drafts
         where kind = $1 and organisation_id = $2 for update",
        kind,
        organisation_id
    )
    .fetch_one(conn)
    .await
}

/// Writes a draft that is locked, or that there is none any more.
pub async fn write_draft(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    draft: &Draft,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update approvals.route_drafts
         set definition = $3, editors = $4, editor_numbers = $5, version = $6, changed_at = $7
         where kind = $1 and organisation_id = $2",
        kind,
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

/// Publishes a version, with the draft locked.
pub async fn publish(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    version: &Version,
    editors: &[Uuid],
    (publisher_id, publisher_number): (Uuid, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into approvals.route_versions
             (kind, organisation_id, number, definition, editors, publisher_id, publisher_number, published_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        kind,
        organisation_id,
        version.number,
        version.definition,
        editors,
        publisher_id,
        publisher_number,
        version.published_at
    )
    .execute(conn)
    .await?;
    Ok(())
}
