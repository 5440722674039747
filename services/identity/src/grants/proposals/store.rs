//! All SQL of proposals.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rules::{Action, State};

/// A proposal with what people are shown of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// UUIDv7.
    pub proposal_id: Uuid,
    /// What.
    pub action: Action,
    /// Whom it is about.
    pub person_id: Uuid,
    /// Their public number.
    pub person_number: String,
    /// Their verified name, sealed for them.
    pub name_sealed: Option<Vec<u8>>,
    /// Name of the role.
    pub role: String,
    /// Where.
    pub organisation_id: Uuid,
    /// Why, as typed.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// Their public number.
    pub proposer_number: String,
    /// UTC.
    pub proposed_at: OffsetDateTime,
    /// UTC.
    pub expires_at: OffsetDateTime,
    /// As stored: one that waits may have expired.
    pub state: State,
    /// The public number of who decided it.
    pub decider_number: Option<String>,
    /// UTC.
    pub decided_at: Option<OffsetDateTime>,
}

/// A proposal about to be made.
#[derive(Debug)]
pub struct NewProposal<'a> {
    /// UUIDv7.
    pub proposal_id: Uuid,
    /// What.
    pub action: Action,
    /// Whom it is about.
    pub person_id: Uuid,
    /// Name of the role.
    pub role: &'a str,
    /// Where.
    pub organisation_id: Uuid,
    /// Why.
    pub reason: &'a str,
    /// Who proposes it.
    pub proposed_by: Uuid,
    /// Now.
    pub proposed_at: OffsetDateTime,
    /// When it is too late.
    pub expires_at: OffsetDateTime,
}

/// Enters a proposal.
pub async fn insert(
    conn: &mut PgConnection,
    proposal: &NewProposal<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into grant_proposals (proposal_id, action, person_id, role, organisation_id, reason, proposed_by, proposed_at, expires_at, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting')",
        proposal.proposal_id,
        proposal.action.as_str(),
        proposal.person_id,
        proposal.role,
        proposal.organisation_id,
        proposal.reason,
        proposal.proposed_by,
        proposal.proposed_at,
        proposal.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One proposal.
pub async fn read(conn: &mut PgConnection, proposal_id: Uuid) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select r.proposal_id, r.action as "action: Action", r.person_id, p.person_number, p.name_sealed, r.role,
                  r.organisation_id, r.reason, r.proposed_by, by.person_number as proposer_number, r.proposed_at,
                  r.expires_at, r.state as "state: State", d.person_number as "decider_number?", r.decided_at
           from grant_proposals r
           join persons p on p.person_id = r.person_id
           join persons by on by.person_id = r.proposed_by
           left join persons d on d.person_id = r.decided_by
           where r.proposal_id = $1"#,
        proposal_id
    )
    .fetch_optional(conn)
    .await
}

/// The proposal of the same that waits.
pub async fn waiting(
    conn: &mut PgConnection,
    action: Action,
    person_id: Uuid,
    role: &str,
    organisation_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select proposal_id from grant_proposals
         where state = 'waiting' and action = $1 and person_id = $2 and role = $3 and organisation_id = $4",
        action.as_str(),
        person_id,
        role,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// Writes that proposals have expired.
pub async fn expire(conn: &mut PgConnection, now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update grant_proposals set state = 'expired' where state = 'waiting' and expires_at <= $1",
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Writes the decision.
pub async fn decide(
    conn: &mut PgConnection,
    proposal_id: Uuid,
    to: State,
    decided_by: Uuid,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update grant_proposals set state = $2, decided_by = $3, decided_at = $4 where proposal_id = $1",
        proposal_id,
        to.as_str(),
        decided_by,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The proposals on one organisation, the newest first, behind `after`; with `waiting_at` those that wait then.
pub async fn list(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    waiting_at: Option<OffsetDateTime>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select r.proposal_id, r.action as "action: Action", r.person_id, p.person_number, p.name_sealed, r.role,
                  r.organisation_id, r.reason, r.proposed_by, by.person_number as proposer_number, r.proposed_at,
                  r.expires_at, r.state as "state: State", d.person_number as "decider_number?", r.decided_at
           from grant_proposals r
           join persons p on p.person_id = r.person_id
           join persons by on by.person_id = r.proposed_by
           left join persons d on d.person_id = r.decided_by
           where r.organisation_id = $1
             and ($2::timestamptz is null or (r.state = 'waiting' and r.expires_at > $2))
             and ($3::uuid is null or r.proposal_id < $3)
           order by r.proposal_id desc limit $4"#,
        organisation_id,
        waiting_at,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}
