//! Memberships as certificates need them.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{categories::Category, memberships::State};

/// A membership and its organisation.
#[derive(Debug)]
pub(super) struct Row {
    pub person_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_code: String,
    pub organisation_name: String,
    pub member_number: String,
    pub category: Category,
    pub state: State,
    pub name_sealed: Vec<u8>,
    pub joined_on: Date,
    /// When the state changed last.
    pub changed_at: OffsetDateTime,
}

/// Locks a membership until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select from memberships where membership_id = $1 for update",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A membership.
pub(super) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select m.person_id, m.organisation_id, o.code as "organisation_code!", o.name as organisation_name, m.member_number,
                  m.category as "category: Category", m.state as "state: State", m.name_sealed, m.joined_on,
                  coalesce((select max(s.occurred_at) from membership_steps s where s.membership_id = m.membership_id
                            and s.to_state = m.state), m.created_at) as "changed_at!"
           from memberships m join organisations o using (organisation_id)
           where m.membership_id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}
