//! The tables `access.grants` and `access.organisations`: the source of truth in the owning service, a copy elsewhere.

use sqlx::PgConnection;
use uuid::Uuid;

use super::reach::Reach;

/// A role that a person holds on an organisation that is known locally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Name of the role.
    pub role: String,
    /// The organisation.
    pub organisation_id: Uuid,
    /// Its path; the grant reaches every path with this prefix.
    pub path: String,
}

/// An organisation as every service stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// UUIDv7.
    pub organisation_id: Uuid,
    /// `None` for the headquarters.
    pub parent_id: Option<Uuid>,
    /// CAST's code, e.g. `B-20`.
    pub code: String,
    /// Full Chinese name.
    pub name: String,
    /// Name of the enum value, e.g. `NATIONAL_SOCIETY`.
    pub kind: String,
    /// GB/T 2260 code of the seat, or empty.
    pub division_code: String,
    /// Name of the enum value, e.g. `ENGINEERING`; `SUBJECT_CLASS_UNSPECIFIED` except for societies.
    pub subject_class: String,
    /// The ids from the root to this one: `/<id>/<id>/`.
    pub path: String,
}

/// Inserts a grant. Idempotent.
pub async fn put_grant(
    conn: &mut PgConnection,
    grant_id: Uuid,
    person_id: Uuid,
    role: &str,
    organisation_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into access.grants (grant_id, person_id, role, organisation_id) values ($1, $2, $3, $4)
         on conflict (grant_id) do nothing",
        grant_id,
        person_id,
        role,
        organisation_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a grant. Idempotent.
pub async fn remove_grant(conn: &mut PgConnection, grant_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from access.grants where grant_id = $1", grant_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Inserts or replaces an organisation. If it moved, its descendants move along.
pub async fn put_organisation(
    conn: &mut PgConnection,
    organisation: &Organisation,
) -> Result<(), sqlx::Error> {
    let before = path_of(&mut *conn, organisation.organisation_id).await?;
    sqlx::query!(
        "insert into access.organisations (organisation_id, parent_id, code, name, kind, division_code, subject_class, path)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (organisation_id) do update set parent_id = excluded.parent_id, code = excluded.code,
             name = excluded.name, kind = excluded.kind, division_code = excluded.division_code,
             subject_class = excluded.subject_class, path = excluded.path",
        organisation.organisation_id,
        organisation.parent_id,
        organisation.code,
        organisation.name,
        organisation.kind,
        organisation.division_code,
        organisation.subject_class,
        organisation.path
    )
    .execute(&mut *conn)
    .await?;
    if let Some(before) = before.filter(|before| *before != organisation.path) {
        sqlx::query!(
            "update access.organisations set path = $2 || substr(path, length($1) + 1)
             where starts_with(path, $1) and organisation_id <> $3",
            before,
            organisation.path,
            organisation.organisation_id
        )
        .execute(conn)
        .await?;
    }
    Ok(())
}

/// One organisation.
pub async fn organisation(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Organisation>, sqlx::Error> {
    Ok(organisations(conn, &[id]).await?.pop())
}

/// The organisations among `ids` that are known locally, sorted by id, in one query.
pub async fn organisations(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Organisation>, sqlx::Error> {
    sqlx::query_as!(
        Organisation,
        "select organisation_id, parent_id, code, name, kind, division_code, subject_class, path
         from access.organisations where organisation_id = any($1) order by organisation_id",
        ids
    )
    .fetch_all(conn)
    .await
}

/// All grants of a person on organisations that are known locally.
pub async fn grants_of(conn: &mut PgConnection, person_id: Uuid) -> Result<Vec<Held>, sqlx::Error> {
    sqlx::query_as!(
        Held,
        "select g.role, g.organisation_id, o.path
         from access.grants g join access.organisations o using (organisation_id)
         where g.person_id = $1 order by o.path, g.role",
        person_id
    )
    .fetch_all(conn)
    .await
}

/// The path of an organisation.
pub async fn path_of(conn: &mut PgConnection, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select path from access.organisations where organisation_id = $1",
        id
    )
    .fetch_optional(conn)
    .await
}

/// The roles by which a person reaches an organisation, and where they are held.
pub(super) async fn roles_reaching(
    conn: &mut PgConnection,
    person_id: Uuid,
    organisation_id: Uuid,
) -> Result<Vec<(String, Reach)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select g.role, held.organisation_id = $2 as "there!"
           from access.grants g
           join access.organisations held on held.organisation_id = g.organisation_id
           join access.organisations wanted on wanted.organisation_id = $2
           where g.person_id = $1 and starts_with(wanted.path, held.path)"#,
        person_id,
        organisation_id
    )
    .fetch_all(conn)
    .await?;
    let reach = |there| match there {
        true => Reach::There,
        false => Reach::FromAbove,
    };
    Ok(rows
        .into_iter()
        .map(|row| (row.role, reach(row.there)))
        .collect())
}

/// Whether `inner` is `outer` or lies below it.
pub(super) async fn is_at_or_below(
    conn: &mut PgConnection,
    outer: Uuid,
    inner: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists(
               select 1 from access.organisations o join access.organisations i on i.organisation_id = $2
               where o.organisation_id = $1 and starts_with(i.path, o.path)) as "below!""#,
        outer,
        inner
    )
    .fetch_one(conn)
    .await
}
