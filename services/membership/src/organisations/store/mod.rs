//! The table `organisations`, one at a time. Lists and search are in [`list`].

pub(super) mod list;

use std::collections::HashMap;

use kit::access;
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Error, Kind, Organisation, SubjectClass};
use crate::logos::Published;

/// One organisation.
pub(crate) async fn get(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Organisation>, sqlx::Error> {
    sqlx::query_as!(
        Organisation,
        r#"select organisation_id, parent_id, path, code, name, short_name, kind as "kind: Kind", division_code,
                  subject_class as "subject_class: SubjectClass", introduction, website, accepts_applications, review_days,
                  version, logo as "logo: Json<Published>"
           from organisations where organisation_id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}

/// One organisation, kept from being changed by others until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Organisation>, sqlx::Error> {
    sqlx::query_as!(
        Organisation,
        r#"select organisation_id, parent_id, path, code, name, short_name, kind as "kind: Kind", division_code,
                  subject_class as "subject_class: SubjectClass", introduction, website, accepts_applications, review_days,
                  version, logo as "logo: Json<Published>"
           from organisations where organisation_id = $1 for no key update"#,
        id
    )
    .fetch_optional(conn)
    .await
}

/// One organisation, to establish another one below it: it can neither move nor vanish until the transaction ends.
pub(crate) async fn lock_parent(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Kind, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select kind as "kind: Kind", path from organisations where organisation_id = $1 for share"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.kind, row.path)))
}

/// Whether an organisation takes applications now, and its name; `None` if there is no such organisation.
pub(crate) async fn accepts(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(bool, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select accepts_applications, name from organisations where organisation_id = $1",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.accepts_applications, row.name)))
}

/// The working days that an organisation has for each review step of an application.
pub(crate) async fn review_days(conn: &mut PgConnection, id: Uuid) -> Result<i16, sqlx::Error> {
    sqlx::query_scalar!(
        "select review_days from organisations where organisation_id = $1",
        id
    )
    .fetch_one(conn)
    .await
}

/// Enters those that are not there yet, with one statement, and returns their ids. Who is there already stays as it is. The access
/// copy is written, too; the events are the caller's.
pub(crate) async fn establish(
    conn: &mut PgConnection,
    organisations: &[Organisation],
    now: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let list = organisations;
    let column = |of: fn(&Organisation) -> String| list.iter().map(of).collect::<Vec<String>>();
    let ids: Vec<Uuid> = list.iter().map(|o| o.organisation_id).collect();
    let parents: Vec<Option<Uuid>> = list.iter().map(|o| o.parent_id).collect();
    let divisions: Vec<Option<String>> = list.iter().map(|o| o.division_code.clone()).collect();
    let accepting: Vec<bool> = list.iter().map(|o| o.accepts_applications).collect();
    let entered = sqlx::query_scalar!(
        "insert into organisations (organisation_id, parent_id, path, code, name, short_name, kind, division_code, subject_class,
                                    accepts_applications, established_at, changed_at)
         select o.*, $11, $11
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                     $10::bool[]) as o
         on conflict (organisation_id) do nothing
         returning organisation_id",
        &ids,
        &parents as &[Option<Uuid>],
        &column(|o| o.path.clone()),
        &column(|o| o.code.clone()),
        &column(|o| o.name.clone()),
        &column(|o| o.short_name.clone()),
        &column(|o| o.kind.as_str().to_owned()),
        &divisions as &[Option<String>],
        &column(|o| o.subject_class.as_str().to_owned()),
        &accepting,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    for organisation in list.iter().filter(|o| entered.contains(&o.organisation_id)) {
        access::put_organisation(&mut *conn, &organisation.into()).await?;
    }
    Ok(entered)
}

/// As [`establish`] for one that a caller asks for: a code that is taken is a refusal.
pub(crate) async fn establish_one(
    conn: &mut PgConnection,
    organisation: &Organisation,
    now: OffsetDateTime,
) -> Result<Result<(), Error>, sqlx::Error> {
    match establish(conn, std::slice::from_ref(organisation), now).await {
        Ok(_) => Ok(Ok(())),
        Err(sqlx::Error::Database(refused))
            if refused.constraint() == Some("organisation_code") =>
        {
            Ok(Err(Error::CodeTaken))
        }
        Err(error) => Err(error),
    }
}

/// Writes what an organisation says about itself; returns the new version.
pub(crate) async fn change(
    conn: &mut PgConnection,
    organisation: &Organisation,
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update organisations
         set short_name = $2, introduction = $3, website = $4, accepts_applications = $5, review_days = $6, changed_at = $7,
             version = version + 1
         where organisation_id = $1 returning version",
        organisation.organisation_id,
        organisation.short_name,
        organisation.introduction,
        organisation.website,
        organisation.accepts_applications,
        organisation.review_days,
        now
    )
    .fetch_one(conn)
    .await
}

impl From<&Organisation> for access::Organisation {
    fn from(organisation: &Organisation) -> Self {
        Self {
            organisation_id: organisation.organisation_id,
            parent_id: organisation.parent_id,
            code: organisation.code.clone(),
            name: organisation.name.clone(),
            kind: organisation.kind.as_str().to_owned(),
            division_code: organisation.division_code.clone().unwrap_or_default(),
            subject_class: organisation.subject_class.as_str().to_owned(),
            path: organisation.path.clone(),
        }
    }
}

/// The paths of those of `ids` that exist.
pub(crate) async fn paths(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let rows = sqlx::query!(
        "select organisation_id, path from organisations where organisation_id = any($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, row.path))
        .collect())
}
