//! What applications keep of their cases.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Where the case of an application stands.
#[derive(Debug)]
pub(crate) struct Followed {
    pub application_id: Uuid,
    pub route_version: i32,
    /// The step in which it waits, or waited last.
    pub step: i16,
    /// Since when.
    pub since: OffsetDateTime,
    /// The working days for it.
    pub days: i16,
    /// Whether this alone is a change of the application, which gets its next version.
    pub counts: bool,
}

/// Writes where the cases of applications stand that are locked.
pub(crate) async fn follow(
    conn: &mut PgConnection,
    followed: &[Followed],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = followed.iter().map(|f| f.application_id).collect();
    let versions: Vec<i32> = followed.iter().map(|f| f.route_version).collect();
    let steps: Vec<i16> = followed.iter().map(|f| f.step).collect();
    let since: Vec<OffsetDateTime> = followed.iter().map(|f| f.since).collect();
    let days: Vec<i16> = followed.iter().map(|f| f.days).collect();
    let counts: Vec<bool> = followed.iter().map(|f| f.counts).collect();
    sqlx::query!(
        "update applications a
         set route_version = f.route_version, case_step = f.step, step_since = f.since, step_days = f.days,
             version = a.version + f.counts::integer
         from unnest($1::uuid[], $2::integer[], $3::smallint[], $4::timestamptz[], $5::smallint[], $6::bool[])
             as f (application_id, route_version, step, since, days, counts)
         where a.application_id = f.application_id",
        &ids,
        &versions,
        &steps,
        &since,
        &days,
        &counts
    )
    .execute(conn)
    .await?;
    Ok(())
}
