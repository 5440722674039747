//! The audit trail: who did what to whom, when, from where, with what outcome. Every change and every disclosure of personal
//! data leaves a record, in the transaction that makes it. The table refuses changes and deletions.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::Caller;

/// Writes a record.
///
/// * `action`: the RPC, e.g. `cast.identity.v1.Persons/VerifyMyPerson`.
/// * `subject`: what it was done to, as `kind:<id>`; never a name or a number of a document.
/// * `outcome`: `ok` or the code of the reason for the refusal.
pub async fn record(
    conn: &mut PgConnection,
    caller: &Caller,
    action: &str,
    subject: &str,
    outcome: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let origin = caller.origin();
    let address = origin
        .and_then(|o| o.address)
        .map(|a| a.to_string())
        .unwrap_or_default();
    let user_agent = origin
        .and_then(|o| o.user_agent.as_deref())
        .unwrap_or_default();
    let trace_id = origin.map(|o| o.trace_id.as_str()).unwrap_or_default();
    sqlx::query!(
        "insert into audit.records (record_id, occurred_at, actor, action, subject, outcome, origin, user_agent, trace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Uuid::now_v7(),
        now,
        caller.actor(),
        action,
        subject,
        outcome,
        address,
        user_agent,
        trace_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
