//! All SQL of grants.

use kit::access;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
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
    /// `None`: until it is taken.
    pub last_day: Option<Date>,
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
    /// `None`: until it is taken.
    pub last_day: Option<Date>,
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
        "insert into grants (grant_id, person_id, role, organisation_id, given_by, given_at, last_day) values ($1, $2, $3, $4, $5, $6, $7)",
        grant.grant_id,
        grant.person_id,
        grant.role,
        grant.organisation_id,
        grant.given_by,
        grant.given_at,
        grant.last_day
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a grant out of both tables; the history keeps it with its end.
pub async fn end(
    conn: &mut PgConnection,
    grant_id: Uuid,
    ended_by: &str,
    ended_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update grant_history set ended_by = $2, ended_at = $3 where grant_id = $1 and ended_at is null",
        grant_id,
        ended_by,
        ended_at
    )
    .execute(&mut *conn)
    .await?;
    // The row of `grants` goes along (on delete cascade).
    access::remove_grant(conn, grant_id).await
}

/// Changes the last day of a grant.
pub async fn set_last_day(
    conn: &mut PgConnection,
    grant_id: Uuid,
    last_day: Option<Date>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update grants set last_day = $2, reminded_on = null where grant_id = $1",
        grant_id,
        last_day
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One grant.
pub async fn read(conn: &mut PgConnection, grant_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", g.given_at, g.last_day
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
                  coalesce(o.name, '') as "organisation_name!", g.given_at, g.last_day
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

/// How many people hold a role on an organisation.
pub async fn holders(
    conn: &mut PgConnection,
    role: &str,
    organisation_id: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from access.grants where role = $1 and organisation_id = $2"#,
        role,
        organisation_id
    )
    .fetch_one(conn)
    .await
}

/// The grants of a person on an organisation and on those below it.
pub async fn of_person_below(
    conn: &mut PgConnection,
    person_id: Uuid,
    path: &str,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  o.name as organisation_name, g.given_at, g.last_day
           from grants g join persons p using (person_id)
           join access.organisations o on o.organisation_id = g.organisation_id
           where g.person_id = $1 and starts_with(o.path, $2) order by g.grant_id desc"#,
        person_id,
        path
    )
    .fetch_all(conn)
    .await
}

/// Which grants are listed.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// On this organisation,
    pub organisation_id: Uuid,
    /// and on those below it: its path.
    pub below: Option<&'a str>,
    /// In force at some time between these two; `None`: now.
    pub during: Option<(OffsetDateTime, OffsetDateTime)>,
    /// Of this role; empty: of any.
    pub role: &'a str,
}

/// A grant as it is listed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// UUIDv7.
    pub grant_id: Uuid,
    /// UUIDv7.
    pub person_id: Uuid,
    /// Its public number.
    pub person_number: String,
    /// The verified name, sealed for the person.
    pub name_sealed: Option<Vec<u8>>,
    /// Name of the role.
    pub role: String,
    /// UUIDv7.
    pub organisation_id: Uuid,
    /// Empty until the organisation is known here.
    pub organisation_name: String,
    /// UTC.
    pub given_at: OffsetDateTime,
    /// `None`: until it is taken.
    pub last_day: Option<Date>,
    /// UTC; `None` while it is in force.
    pub ended_at: Option<OffsetDateTime>,
}

/// Grants, the newest first, behind `after`. Those on one organisation, and those below, are read by its index from the newest on.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter<'_>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as!(
        Listed,
        r#"select h.grant_id, h.person_id, p.person_number, p.name_sealed, h.role, h.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", h.given_at, g.last_day, h.ended_at
           from grant_history h join persons p using (person_id)
           left join grants g using (grant_id)
           left join access.organisations o on o.organisation_id = h.organisation_id
           where (h.organisation_id = $1 or starts_with(o.path, $2))
             and case when $3::timestamptz is null then h.ended_at is null
                      else h.given_at < $4 and (h.ended_at is null or h.ended_at >= $3) end
             and ($5 = '' or h.role = $5)
             and ($6::uuid is null or h.grant_id < $6)
           order by h.grant_id desc limit $7"#,
        filter.organisation_id,
        filter.below,
        filter.during.map(|(from, _)| from),
        filter.during.map(|(_, to)| to),
        filter.role,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Grants whose last day has passed on this day, the oldest first.
pub async fn past(
    conn: &mut PgConnection,
    today: Date,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select grant_id from grants where last_day < $1 order by last_day, grant_id limit $2",
        today,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Marks those that end by this day and whose holders were not told yet; returns them. Each is returned once, whichever replica asks.
pub async fn to_remind(
    conn: &mut PgConnection,
    today: Date,
    by: Date,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"with due as (
               select grant_id from grants
               where last_day >= $1 and last_day <= $2 and reminded_on is null
               order by grant_id limit $3 for update skip locked)
           update grants g set reminded_on = $1
           from due, persons p, access.organisations o
           where g.grant_id = due.grant_id and p.person_id = g.person_id and o.organisation_id = g.organisation_id
           returning g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                     o.name as organisation_name, g.given_at, g.last_day"#,
        today,
        by,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The grants of one role on one organisation.
pub async fn of_role(
    conn: &mut PgConnection,
    role: &str,
    organisation_id: Uuid,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select g.grant_id, g.person_id, p.person_number, g.role, g.organisation_id,
                  coalesce(o.name, '') as "organisation_name!", g.given_at, g.last_day
           from grants g join persons p using (person_id)
           left join access.organisations o on o.organisation_id = g.organisation_id
           where g.role = $1 and g.organisation_id = $2 order by g.grant_id"#,
        role,
        organisation_id
    )
    .fetch_all(conn)
    .await
}

/// A grant beside the other roles of its holder.
#[derive(Clone, Debug)]
pub struct Beside {
    /// UUIDv7.
    pub grant_id: Uuid,
    /// Name of the role.
    pub role: String,
    /// Whether it is held on the headquarters.
    pub on_headquarters: bool,
    /// Names of the other roles of the holder.
    pub held: Vec<String>,
}

/// The grants that may break a rule: those on the headquarters, and those of people who hold something there.
pub async fn with_other_roles(
    conn: &mut PgConnection,
    headquarters: Uuid,
) -> Result<Vec<Beside>, sqlx::Error> {
    sqlx::query_as!(
        Beside,
        r#"select g.grant_id, g.role, g.organisation_id = $1 as "on_headquarters!",
                  array(select other.role from access.grants other
                        where other.person_id = g.person_id and other.grant_id <> g.grant_id) as "held!"
           from access.grants g
           where g.role like 'platform.%' or g.role like 'headquarters.%'
              or g.person_id in (select person_id from access.grants where organisation_id = $1)
           order by g.grant_id"#,
        headquarters
    )
    .fetch_all(conn)
    .await
}
