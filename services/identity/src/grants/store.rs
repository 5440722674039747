//! All SQL of grants.

use kit::access;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A grant with what people are shown of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub grant_id: Uuid,
    /// UUIDv7.
    pub person_id: Uuid,
    /// Its public number.
    pub person_number: String,
    /// Name of the role.
    pub role: String,
    /// UUIDv7.
    pub organisation_id: Uuid,
    /// Empty until the organisation is known here.
    pub organisation_name: String,
    /// UTC.
    pub given_at: OffsetDateTime,
}

/// A grant about to be given.
#[derive(Debug)]
pub struct NewGrant<'a> {
    /// UUIDv7.
    pub grant_id: Uuid,
    /// Who shall hold it.
    pub person_id: Uuid,
    /// Name of the role.
    pub role: &'a str,
    /// Where.
    pub organisation_id: Uuid,
    /// Actor, as in audit records.
    pub given_by: &'a str,
    /// Now.
    pub given_at: OffsetDateTime,
}

/// Enters a grant in both tables. The person is locked.
pub async fn insert(conn: &mut PgConnection, grant: &NewGrant<'_>) -> Result<(), sqlx::Error> {
    access::put_grant(
        &mut *conn,
        grant.grant_id,
        grant.person_id,
        grant.role,
        grant.organisation_id,
    )
    .await?;
    sqlx::query!(
        "insert into grants (grant_id, person_id, role, organisation_id, given_by, given_at) values ($1, $2, $3, $4, $5, $6)",
        grant.grant_id,
        grant.person_id,
        grant.role,
        grant.organisation_id,
        grant.given_by,
        grant.given_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a grant out of both tables.
pub async fn remove(conn: &mut PgConnection, grant_id: Uuid) -> Result<(), sqlx::Error> {
    // The module's own row goes along (on delete cascade).
    access::remove_grant(conn, grant_id).await
}

/// One grant.
pub async fn read(conn: &mut PgConnection, grant_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", g.given_at
           from grants g join persons p using (person_id)
           left join access.organisations o on o.organisation_id = g.organisation_id
           where g.grant_id = $1"#,
        grant_id
    )
    .fetch_optional(conn)
    .await
}

/// All grants of a person, the newest first.
pub async fn of_person(conn: &mut PgConnection, person_id: Uuid) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", g.given_at
           from grants g join persons p using (person_id)
           left join access.organisations o on o.organisation_id = g.organisation_id
           where g.person_id = $1 order by g.grant_id desc"#,
        person_id
    )
    .fetch_all(conn)
    .await
}

/// The names of all roles a person holds: of `access.grants`, which access decisions read.
pub async fn roles_of(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select role from access.grants where person_id = $1",
        person_id
    )
    .fetch_all(conn)
    .await
}

/// Other transactions that appoint there wait until this one ends.
pub async fn lock_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select organisation_id from access.organisations where organisation_id = $1 for no key update",
        organisation_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(())
}

/// The grants on one organisation itself, the newest first, behind `after`.
pub async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", g.given_at
           from grants g join persons p using (person_id)
           left join access.organisations o on o.organisation_id = g.organisation_id
           where g.organisation_id = $1 and ($2::uuid is null or g.grant_id < $2)
           order by g.grant_id desc limit $3"#,
        organisation_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
