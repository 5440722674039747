//! The members to whom an organisation writes: those whose membership is active.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::categories::Category;

/// How many are in these categories; no categories means all.
pub(super) async fn count(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    categories: &[String],
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from memberships
           where organisation_id = $1 and state = 'ACTIVE' and ($2::text[] = '{}' or category = any($2))"#,
        organisation_id,
        categories
    )
    .fetch_one(conn)
    .await
}

/// The next of them behind a member number, with their numbers, by number.
pub(super) async fn next(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    categories: &[String],
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select member_number, person_id from memberships
         where organisation_id = $1 and state = 'ACTIVE' and ($2::text[] = '{}' or category = any($2))
           and member_number > coalesce($3, '')
         order by member_number limit $4",
        organisation_id,
        categories,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.member_number, row.person_id))
        .collect())
}

/// The organisations of which a person is a member, with the category.
pub(super) async fn belongs(
    conn: &mut PgConnection,
    person_id: Uuid,
) -> Result<Vec<(Uuid, Category)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select organisation_id, category as "category: Category" from memberships where person_id = $1 and state = 'ACTIVE'"#,
        person_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.organisation_id, row.category))
        .collect())
}
