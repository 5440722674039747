//! The SQL of announcements.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Kind;

/// An announcement that is under way.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// UUIDv7.
    pub announcement_id: Uuid,
    /// Of which activity.
    pub activity_id: Uuid,
    /// Its title as it is now.
    pub title: String,
    /// Whether it takes place: it is published, and not cancelled.
    pub published: bool,
    /// What is announced.
    pub kind: Kind,
    /// Does not wait for the morning.
    pub urgent: bool,
    /// Those admitted later are not told.
    pub until_ordinal: i64,
    /// Those up to here have been told.
    pub told_ordinal: i64,
}

/// Enters an announcement for those who are admitted until now. The seats are locked. `false` if there is no one to tell.
pub async fn insert(
    conn: &mut PgConnection,
    announcement_id: Uuid,
    activity_id: Uuid,
    kind: Kind,
    urgent: bool,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into announcements (announcement_id, activity_id, kind, urgent, until_ordinal, created_at)
         select $1, activity_id, $3, $4, admitted, $5 from seats where activity_id = $2 and taken > 0",
        announcement_id,
        activity_id,
        kind.as_str(),
        urgent,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The announcement, locked, with its activity, not locked; `None` if it is finished.
pub async fn lock(
    conn: &mut PgConnection,
    announcement_id: Uuid,
) -> Result<Option<Announcement>, sqlx::Error> {
    sqlx::query_as!(
        Announcement,
        r#"select n.announcement_id, n.activity_id, a.title, a.state = 'published' as "published!", n.kind as "kind: Kind",
                  n.urgent, n.until_ordinal, n.told_ordinal
           from announcements n join activities a using (activity_id)
           where n.announcement_id = $1 and n.finished_at is null
           for update of n"#,
        announcement_id
    )
    .fetch_optional(conn)
    .await
}

/// The next who hold a seat, as ordinal and person.
pub async fn next(
    conn: &mut PgConnection,
    announcement: &Announcement,
    limit: i64,
) -> Result<Vec<(i64, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select ordinal, person_id from registrations
         where activity_id = $1 and ordinal > $2 and ordinal <= $3 and state in ('registered', 'attended')
         order by ordinal limit $4",
        announcement.activity_id,
        announcement.told_ordinal,
        announcement.until_ordinal,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.ordinal, row.person_id))
        .collect())
}

/// Those up to this ordinal have been told.
pub async fn told(
    conn: &mut PgConnection,
    announcement_id: Uuid,
    ordinal: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update announcements set told_ordinal = $2 where announcement_id = $1",
        announcement_id,
        ordinal
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// All have been told, or it is not true any more.
pub async fn finish(
    conn: &mut PgConnection,
    announcement_id: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update announcements set finished_at = $2 where announcement_id = $1",
        announcement_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes announcements that were finished before this moment.
pub async fn sweep(conn: &mut PgConnection, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!("delete from announcements where finished_at < $1", before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
