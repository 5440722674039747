//! Reads the service's copy of grants.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::person::{Person, gathered};

/// People with the roles that reach an organisation: these, or all.
pub async fn with_roles(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    among: Option<&[Uuid]>,
) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select g.person_id, g.role, held.organisation_id = own.organisation_id as "own!",
                  held.organisation_id is not distinct from own.parent_id as "parent!"
           from access.organisations own
           join access.organisations held on starts_with(own.path, held.path)
           join access.grants g on g.organisation_id = held.organisation_id
           where own.organisation_id = $1 and ($2::uuid[] is null or g.person_id = any($2))
           order by g.person_id"#,
        organisation_id,
        among
    )
    .fetch_all(conn)
    .await?;
    Ok(gathered(
        rows.into_iter()
            .map(|row| (row.person_id, row.role, row.own, row.parent)),
    ))
}
