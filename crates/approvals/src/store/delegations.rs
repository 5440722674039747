//! The table `approvals.delegations`.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A person who decides in the place of another.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// UUIDv7.
    pub delegation_id: Uuid,
    /// Whose place it is.
    pub from_person_id: Uuid,
    /// Who stands in.
    pub to_person_id: Uuid,
    /// The first day in China.
    pub starts_on: Date,
    /// The last day in China.
    pub ends_on: Date,
}

/// Keeps those in whose place a person stands from being ended before the transaction ends. Read them afterwards: only then is everything
/// read as it is under the locks.
pub async fn lock(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    person_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select from approvals.delegations
         where kind = $1 and organisation_id = $2 and to_person_id = $3 and ended_at is null
         order by delegation_id for share",
        kind,
        organisation_id,
        person_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Those in whose place a person stands on a day.
pub async fn stood_in_for(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    person_id: Uuid,
    day: Date,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select from_person_id from approvals.delegations
         where kind = $1 and organisation_id = $2 and to_person_id = $3 and ended_at is null and $4 between starts_on and ends_on
         order by delegation_id",
        kind,
        organisation_id,
        person_id,
        day
    )
    .fetch_all(conn)
    .await
}

/// Who is stood in for on a day in an organisation, and by whom.
pub async fn running(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    day: Date,
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select from_person_id, to_person_id from approvals.delegations
         where kind = $1 and organisation_id = $2 and ended_at is null and $3 between starts_on and ends_on
         order by delegation_id",
        kind,
        organisation_id,
        day
    )
    .fetch_all(conn)
    .await?;
    let pairs = rows.into_iter();
    Ok(pairs
        .map(|row| (row.from_person_id, row.to_person_id))
        .collect())
}

/// Those of an organisation that are in force or still begin, the next to end first.
pub async fn open(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    today: Date,
    limit: i64,
) -> Result<Vec<Delegation>, sqlx::Error> {
    sqlx::query_as!(
        Delegation,
        "select delegation_id, from_person_id, to_person_id, starts_on, ends_on from approvals.delegations
         where kind = $1 and organisation_id = $2 and ended_at is null and ends_on >= $3
         order by ends_on, delegation_id limit $4",
        kind,
        organisation_id,
        today,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Enters one.
pub async fn insert(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    delegation: &Delegation,
    by: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into approvals.delegations
             (delegation_id, kind, organisation_id, from_person_id, to_person_id, starts_on, ends_on, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        delegation.delegation_id,
        kind,
        organisation_id,
        delegation.from_person_id,
        delegation.to_person_id,
        delegation.starts_on,
        delegation.ends_on,
        by,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One that is ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Whose place it was.
    pub from_person_id: Uuid,
    /// Who stood in.
    pub to_person_id: Uuid,
    /// Whether it had ended before.
    pub before: bool,
}

/// Ends one that has not ended; `None` if the organisation has no such one.
pub async fn end(
    conn: &mut PgConnection,
    kind: &str,
    organisation_id: Uuid,
    delegation_id: Uuid,
    now: OffsetDateTime,
) -> Result<Option<Ended>, sqlx::Error> {
    let ended = sqlx::query_as!(
        Ended,
        r#"select from_person_id, to_person_id, ended_at is not null as "before!" from approvals.delegations
           where kind = $1 and organisation_id = $2 and delegation_id = $3 for update"#,
        kind,
        organisation_id,
        delegation_id
    )
    .fetch_optional(&mut *conn)
    .await?;
    if ended.as_ref().is_some_and(|ended| !ended.before) {
        sqlx::query!(
            "update approvals.delegations set ended_at = $2 where delegation_id = $1",
            delegation_id,
            now
        )
        .execute(conn)
        .await?;
    }
    Ok(ended)
}
