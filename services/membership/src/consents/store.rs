//! The table `consents`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Consent, rules};

/// The consent in force of a person to an organisation under the present text; given now if there is none. It cannot be withdrawn
/// before the transaction ends.
pub(crate) async fn give(
    conn: &mut PgConnection,
    person_id: Uuid,
    organisation_id: Uuid,
    organisation_name: &str,
    now: OffsetDateTime,
) -> Result<Uuid, sqlx::Error> {
    let in_force = sqlx::query_scalar!(
        "select consent_id from consents
         where person_id = $1 and organisation_id = $2 and purpose_edition = $3 and withdrawn_at is null for share",
        person_id,
        organisation_id,
        rules::EDITION
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(consent_id) = in_force {
        return Ok(consent_id);
    }
    // No other transaction can be giving it: the caller has locked the one open application of this person to this organisation.
    sqlx::query_scalar!(
        "insert into consents (consent_id, person_id, organisation_id, purpose_edition, purpose, fields, given_at)
         values ($1, $2, $3, $4, $5, $6, $7) returning consent_id",
        kit::chance::id(now),
        person_id,
        organisation_id,
        rules::EDITION,
        rules::purpose(organisation_name),
        &rules::FIELDS.map(str::to_owned),
        now
    )
    .fetch_one(conn)
    .await
}

/// Withdraws a consent of a person; one that is withdrawn stays as it is. `None` if the person has no such consent.
pub(super) async fn withdraw(
    conn: &mut PgConnection,
    person_id: Uuid,
    consent_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Consent>, sqlx::Error> {
    sqlx::query_as!(
        Consent,
        "update consents c set withdrawn_at = coalesce(c.withdrawn_at, greatest($3, c.given_at))
         from organisations o
         where c.consent_id = $2 and c.person_id = $1 and o.organisation_id = c.organisation_id
         returning c.consent_id, c.organisation_id, o.name as organisation_name, c.purpose, c.fields, c.given_at, c.withdrawn_at",
        person_id,
        consent_id,
        now
    )
    .fetch_optional(conn)
    .await
}

/// How many consents to this organisation have been withdrawn.
pub(crate) async fn withdrawn(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from consents where organisation_id = $1 and withdrawn_at is not null"#,
        organisation_id
    )
    .fetch_one(conn)
    .await
}

/// The consents of a person, newest first, behind `after`.
pub(super) async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Consent>, sqlx::Error> {
    sqlx::query_as!(
        Consent,
        "select c.consent_id, c.organisation_id, o.name as organisation_name, c.purpose, c.fields, c.given_at, c.withdrawn_at
         from consents c join organisations o using (organisation_id)
         where c.person_id = $1 and c.consent_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by c.consent_id desc limit $3",
        person_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
