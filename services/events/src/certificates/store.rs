//! Registrations as certificates need them.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    activities::{Kind, State as ActivityState},
    registrations::State,
};

/// A registration, its activity and what was credited.
#[derive(Debug)]
pub(super) struct Row {
    pub person_id: Uuid,
    pub person_name: Option<Vec<u8>>,
    pub state: State,
    pub organisation_id: Uuid,
    pub organisation_code: String,
    pub organisation_name: String,
    pub title: String,
    pub kind: Kind,
    pub place: String,
    pub activity_state: ActivityState,
    pub starts_at: OffsetDateTime,
    pub ends_at: OffsetDateTime,
    pub cancelled_at: Option<OffsetDateTime>,
    pub credited_minutes: i32,
}

/// Locks a registration until the transaction ends. It takes no seat: the seats are not locked.
pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select from registrations where registration_id = $1 for no key update",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A registration. `None` also while the organisation is not known here yet.
pub(super) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select r.person_id, r.person_name, r.state as "state: State", a.organisation_id, o.code as "organisation_code!",
                  o.name as organisation_name, a.title, a.kind as "kind: Kind", a.place,
                  a.state as "activity_state: ActivityState", a.starts_at, a.ends_at, a.cancelled_at,
                  coalesce((select c.minutes from credits c where c.registration_id = r.registration_id), 0)
                      as "credited_minutes!"
           from registrations r
           join activities a using (activity_id)
           join access.organisations o using (organisation_id)
           where r.registration_id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}
