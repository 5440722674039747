//! Credits in the database.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::activities::Kind;

/// A credit with what one wants to know of its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// UUIDv7.
    pub credit_id: Uuid,
    /// For attending this.
    pub activity_id: Uuid,
    /// Its title.
    pub activity_title: String,
    /// Whose activity it was; empty as long as the local copy has not heard of the organisation.
    pub organisation_name: String,
    /// What sort of activity.
    pub kind: Kind,
    /// How much.
    pub minutes: i32,
    /// When it was booked.
    pub credited_at: OffsetDateTime,
}

/// A person's credits, the newest first, those behind `after`, and the sum of all of them in minutes. One statement, so
/// that the sum belongs to the list.
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
