//! All SQL of the sites that sessions have signed in to.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Logout;

/// Remembers that a person signed in to a site, in a session that is kept alive by the caller.
pub async fn remember(
    conn: &mut PgConnection,
    (session_id, client_id, person_id): (Uuid, Uuid, Uuid),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into site_sign_ins (session_id, client_id, person_id, begun_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        session_id,
        client_id,
        person_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The sites of these sessions that have an address for it and do not know yet; they count as told from now on.
pub async fn take(
    conn: &mut PgConnection,
    sessions: &[Uuid],
    now: OffsetDateTime,
) -> Result<Vec<Logout>, sqlx::Error> {
    sqlx::query_as!(
        Logout,
        "update site_sign_ins s set told_at = $2 from clients c
         where s.session_id = any($1) and s.told_at is null and c.client_id = s.client_id
           and c.backchannel_logout_uri is not null and c.disabled_at is null
         returning s.client_id, s.session_id, s.person_id",
        sessions,
        now
    )
    .fetch_all(conn)
    .await
}

/// The same for sessions that have ended by time: expired, or not used since then. Other replicas pass over them.
pub async fn take_expired(
    conn: &mut PgConnection,
    most: i64,
    unused_since: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<Vec<Logout>, sqlx::Error> {
    sqlx::query_as!(
        Logout,
        "with ended as materialized (
             select i.session_id, i.client_id from site_sign_ins i
             join clients c on c.client_id = i.client_id and c.backchannel_logout_uri is not null and c.disabled_at is null
             join sessions s on s.session_id = i.session_id
             where i.told_at is null and (s.revoked_at is not null or s.expires_at <= $1 or s.last_used_at <= $2)
             limit $3 for update of i skip locked)
         update site_sign_ins s set told_at = $1 from ended
         where s.session_id = ended.session_id and s.client_id = ended.client_id
         returning s.client_id, s.session_id, s.person_id",
        now,
        unused_since,
        most
    )
    .fetch_all(conn)
    .await
}
