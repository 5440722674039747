//! Applications that have waited longer than their organisation's time limit, over all organisations.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An organisation that has some.
#[derive(Debug)]
pub(crate) struct Overdue {
    pub organisation_id: Uuid,
    pub organisation_name: String,
}

/// Whether nothing has been done about it on this day; from now on it has.
pub(crate) async fn first_today(conn: &mut PgConnection, day: Date) -> Result<bool, sqlx::Error> {
    let entered = sqlx::query!(
        "insert into reminded_days (day) values ($1) on conflict do nothing",
        day
    )
    .execute(conn)
    .await?;
    Ok(entered.rows_affected() == 1)
}

/// The organisations with an application whose step began before the moment that belongs to their time limit, in working days.
pub(crate) async fn organisations(
    conn: &mut PgConnection,
    limits: &[(i16, OffsetDateTime)],
) -> Result<Vec<Overdue>, sqlx::Error> {
    let (days, before): (Vec<i16>, Vec<OffsetDateTime>) = limits.iter().copied().unzip();
    sqlx::query_as!(
        Overdue,
        r#"select o.organisation_id, o.name as organisation_name
           from organisations o
           join unnest($1::smallint[], $2::timestamptz[]) as l (days, before) on l.days = o.review_days
           where exists (
               select from applications a
               join application_steps s on s.application_id = a.application_id and s.version = a.version
               where a.organisation_id = o.organisation_id and a.state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW')
                 and a.route_version is null
                 and a.submitted_at < l.before and s.occurred_at < l.before)"#,
        &days,
        &before
    )
    .fetch_all(conn)
    .await
}
