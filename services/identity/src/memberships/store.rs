//! All SQL of the copy of memberships.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A membership as it is known here.
#[derive(Clone, Debug)]
pub struct Membership {
    /// UUIDv7.
    pub membership_id: Uuid,
    /// Whose member.
    pub organisation_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// As in the contract of membership.
    pub category: String,
    /// Likewise.
    pub state: String,
    /// When it began.
    pub since: OffsetDateTime,
}

/// Enters a membership that has begun.
pub async fn begin(conn: &mut PgConnection, row: &Membership) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into memberships (membership_id, organisation_id, person_id, category, state, since) values ($1, $2, $3, $4, $5, $6)
         on conflict (membership_id) do update set category = excluded.category, state = excluded.state",
        row.membership_id,
        row.organisation_id,
        row.person_id,
        row.category,
        row.state,
        row.since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a change of a membership; `false` if it is not known.
pub async fn change(
    conn: &mut PgConnection,
    membership_id: Uuid,
    category: &str,
    state: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update memberships set category = $2, state = $3 where membership_id = $1",
        membership_id,
        category,
        state
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The memberships of a person in an organisation, the oldest first.
pub async fn of(
    conn: &mut PgConnection,
    person_id: Uuid,
    organisation_id: Uuid,
) -> Result<Vec<Membership>, sqlx::Error> {
    sqlx::query_as!(
        Membership,
        "select membership_id, organisation_id, person_id, category, state, since from memberships
         where person_id = $1 and organisation_id = $2 order by since, membership_id",
        person_id,
        organisation_id
    )
    .fetch_all(conn)
    .await
}
