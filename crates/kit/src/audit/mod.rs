//! The audit trail: actor, action, subject, time, origin and outcome. Every change and every disclosure of personal
//! data leaves a record: a change in its own transaction ([`record`]), a read before anything is disclosed
//! ([`Trail::keep`]). The table refuses updates and deletions.

mod trail;

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::Caller;

pub use trail::Trail;

/// Writes a record.
///
/// * `action`: the RPC, e.g. `cast.identity.v1.Persons/VerifyMyPerson`.
/// * `subject`: the record acted on, as `kind:<id>`; never a name or the number of a document.
/// * `outcome`: `ok` or the code of the reason for the refusal.
pub async fn record(
    conn: &mut PgConnection,
    caller: &Caller,
    action: &str,
    subject: &str,
    outcome: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    write(conn, &[Record::of(caller, action, subject, outcome, now)]).await
}

/// A row of `audit.records`.
#[derive(Debug)]
struct Record {
    id: Uuid,
    occurred_at: OffsetDateTime,
    actor: String,
    action: String,
    subject: String,
    outcome: String,
    origin: String,
    user_agent: String,
    trace_id: String,
}

impl Record {
    fn of(
        caller: &Caller,
        action: &str,
        subject: &str,
        outcome: &str,
        now: OffsetDateTime,
    ) -> Self {
        let origin = caller.origin();
        let address = origin.and_then(|o| o.address);
        let user_agent = origin.and_then(|o| o.user_agent.clone());
        Self {
            id: ambient::chance::id(now),
            occurred_at: now,
            actor: caller.actor(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            outcome: outcome.to_owned(),
            origin: address.map(|a| a.to_string()).unwrap_or_default(),
            user_agent: user_agent.unwrap_or_default(),
            trace_id: origin.map(|o| o.trace_id.clone()).unwrap_or_default(),
        }
    }
}

/// Writes records with one statement.
async fn write(db: impl PgExecutor<'_>, records: &[Record]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = records.iter().map(|r| r.id).collect();
    let times: Vec<OffsetDateTime> = records.iter().map(|r| r.occurred_at).collect();
    let texts = |part: fn(&Record) -> &String| records.iter().map(part).cloned().collect();
    let (actors, actions): (Vec<String>, Vec<String>) = (texts(|r| &r.actor), texts(|r| &r.action));
    let (subjects, outcomes): (Vec<String>, Vec<String>) =
        (texts(|r| &r.subject), texts(|r| &r.outcome));
    let (origins, user_agents): (Vec<String>, Vec<String>) =
        (texts(|r| &r.origin), texts(|r| &r.user_agent));
    let trace_ids: Vec<String> = texts(|r| &r.trace_id);
    sqlx::query!(
        "insert into audit.records (record_id, occurred_at, actor, action, subject, outcome, origin, user_agent, trace_id)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                              $9::text[])",
        &ids,
        &times,
        &actors,
        &actions,
        &subjects,
        &outcomes,
        &origins,
        &user_agents,
        &trace_ids,
    )
    .execute(db)
    .await?;
    Ok(())
}
