//! The SQL of credits.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities::Kind;

/// A credit with the data of its activity that are displayed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// UUIDv7.
    pub credit_id: Uuid,
    /// The activity attended.
    pub activity_id: Uuid,
    /// Its title.
    pub activity_title: String,
    /// The organisation of the activity; empty until the local copy has the organisation.
    pub organisation_name: String,
    /// Kind of the activity.
    pub kind: Kind,
    /// Minutes credited.
    pub minutes: i32,
    /// When it was booked.
    pub credited_at: OffsetDateTime,
}

/// A person's credits, the newest first, those after `after`, and the sum of all of them in minutes. One statement, so
/// that sum and list are of the same snapshot.
pub async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<(Vec<Credit>, i64), sqlx::Error> {
    let rows = sqlx::query!(
        r#"with total as (
               select coalesce(sum(minutes), 0)::bigint as minutes from credits where person_id = $1
           ), page as (
               select * from credits
               where person_id = $1 and credit_id < $2
               order by credit_id desc
               limit $3
           )
           select total.minutes as "total!", c.credit_id as "credit_id?", c.activity_id as "activity_id?",
                  a.title as "activity_title?", coalesce(o.name, '') as "organisation_name!",
                  a.kind as "kind?: Kind", c.minutes as "minutes?", c.credited_at as "credited_at?"
           from total
           left join (
               page c
               join activities a using (activity_id)
               left join access.organisations o using (organisation_id)
           ) on true
           order by c.credit_id desc"#,
        person_id,
        after.unwrap_or(Uuid::max()),
        limit
    )
    .fetch_all(conn)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let credits = rows
        .into_iter()
        .filter_map(|row| {
            Some(Credit {
                credit_id: row.credit_id?,
                activity_id: row.activity_id?,
                activity_title: row.activity_title?,
                organisation_name: row.organisation_name,
                kind: row.kind?,
                minutes: row.minutes?,
                credited_at: row.credited_at?,
            })
        })
        .collect();
    Ok((credits, total))
}
