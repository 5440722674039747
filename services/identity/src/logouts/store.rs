//! All SQL of the sites that sessions have signed in to.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::Logout;

/// A session is looked at so often, in case it was ended by a replica that leaves no job; and when it would end by time.
const LOOKED_AT_AFTER: Duration = Duration::days(1);

/// A sign-in at a site whose session was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// Which site.
    pub client_id: Uuid,
    /// In which session.
    pub session_id: Uuid,
    /// Of whom.
    pub person_id: Uuid,
    /// The session has ended, and the site has an address where it is told.
    pub tell: bool,
}

impl Looked {
    /// What the site is told.
    pub fn logout(&self) -> Logout {
        Logout {
            client_id: self.client_id,
            session_id: self.session_id,
            person_id: self.person_id,
        }
    }
}

/// Remembers that a person signed in to a site, in a session that is kept alive by the caller.
pub async fn remember(
    conn: &mut PgConnection,
    (session_id, client_id, person_id): (Uuid, Uuid, Uuid),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into site_sign_ins (session_id, client_id, person_id, begun_at, look_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        session_id,
        client_id,
        person_id,
        now,
        now + LOOKED_AT_AFTER
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sites of these sessions that have an address for it and do not know yet. All of their sites count as told from now on: one that
/// registers an address later is not told of sessions that ended before.
pub async fn take(
    conn: &mut PgConnection,
    sessions: &[Uuid],
    now: OffsetDateTime,
) -> Result<Vec<Logout>, sqlx::Error> {
    sqlx::query_as!(
        Logout,
        "with told as (
             update site_sign_ins set told_at = $2 where session_id = any($1) and told_at is null
             returning client_id, session_id, person_id)
         select told.client_id, told.session_id, told.person_id from told join clients c using (client_id)
         where c.backchannel_logout_uri is not null and c.disabled_at is null",
        sessions,
        now
    )
    .fetch_all(conn)
    .await
}

/// Looks at the sessions of sign-ins that are due: those that have ended by time, that is expired or not used since then, or by whatever else,
/// count as told from now on; the others are looked at again later. Returns all that were looked at; other replicas pass over them.
pub async fn take_expired(
    conn: &mut PgConnection,
    most: i64,
    unused_since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<Looked>, sqlx::Error> {
    sqlx::query_as!(
        Looked,
        r#"with due as materialized (
               select i.session_id, i.client_id,
                      s.revoked_at is not null or s.expires_at <= $1 or s.last_used_at <= $2 as ended,
                      least(s.expires_at, s.last_used_at + ($1::timestamptz - $2::timestamptz), $4) as next
               from site_sign_ins i join sessions s on s.session_id = i.session_id
               where i.told_at is null and i.look_at <= $1
               order by i.look_at limit $3 for update of i skip locked),
           looked as (
               update site_sign_ins i set told_at = case when due.ended then $1::timestamptz end, look_at = due.next
               from due where i.session_id = due.session_id and i.client_id = due.client_id
               returning i.client_id, i.session_id, i.person_id, due.ended)
           select looked.client_id as "client_id!", looked.session_id as "session_id!", looked.person_id as "person_id!",
                  (looked.ended and c.backchannel_logout_uri is not null and c.disabled_at is null) as "tell!"
           from looked join clients c on c.client_id = looked.client_id"#,
        now,
        unused_since,
        most,
        now + LOOKED_AT_AFTER
    )
    .fetch_all(conn)
    .await
}
