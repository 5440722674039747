//! Telling people something: into their inboxes, and a job for each message that is to be sent.

use std::collections::HashMap;

use jobs::NewJob;
use proto_notices::Filled;
use serde_json::Value;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Category,
    outgoing::{DIGEST, MAIL, SMS},
    rules,
    store::{self, NewNotices},
};

/// A message that could not be sent by then is of no use any more; the inbox has the notice.
const MESSAGE_LIFETIME: Duration = Duration::days(2);
const DIGEST_LIFETIME: Duration = Duration::hours(12);

/// Something to tell.
#[derive(Debug)]
pub(crate) struct Telling<'a> {
    /// What.
    pub what: &'a Filled,
    /// Whom; those who are not known here are left out.
    pub people: &'a [Uuid],
    /// How many of the same at once, from 1.
    pub count: i32,
    /// Does not wait for the morning.
    pub urgent: bool,
    /// When it happened.
    pub told_at: OffsetDateTime,
}

/// Tells people something, in the transaction of what causes it. The number of statements does not depend on how many people there are.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    telling: &Telling<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let Filled { template, params } = telling.what;
    let category = Category::from(template.category);
    let people: Vec<(Uuid, Uuid)> = telling
        .people
        .iter()
        .map(|person| (*person, kit::chance::id(now)))
        .collect();
    let values = params
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()));
    let notices = NewNotices {
        template: template.name,
        params: &Value::Object(values.collect()),
        group_key: template
            .group
            .and_then(|group| params.get(group))
            .map(String::as_str),
        count: telling.count,
        told_at: telling.told_at,
        people: &people,
    };
    let new = store::insert(conn, &notices, now).await?;
    let ids: Vec<Uuid> = new.iter().map(|(person, _)| *person).collect();
    let choices = store::choices_for(conn, &ids, category).await?;
    let choices: HashMap<Uuid, rules::Choice> = choices.into_iter().collect();
    let urgent = template.urgent || telling.urgent;
    let jobs = new.iter().flat_map(|&(person_id, notice_id)| {
        let choice = category.choice(choices.get(&person_id).copied());
        let plan = rules::plan(choice, urgent, now);
        let mail = plan.mail_at.map(|at| Job::message(MAIL, notice_id, at));
        let sms = plan.sms_at.map(|at| Job::message(SMS, notice_id, at));
        let digest = plan.digest_at.map(|at| Job::digest(person_id, at));
        [mail, sms, digest].into_iter().flatten()
    });
    let mut jobs: Vec<Job> = jobs.collect();
    // Always in the same order: two transactions that leave the same daily mail wait for each other, and not in a circle.
    jobs.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    let rows: Vec<(NewJob<'_>, OffsetDateTime)> =
        jobs.iter().map(|job| (job.row(now), job.at)).collect();
    jobs::enqueue_all(conn, &rows, now).await?;
    Ok(())
}

/// A job to be left. Its payload is the id of the notice, or of the person for the daily mail: nothing that needs to be sealed.
struct Job {
    kind: &'static str,
    payload: Uuid,
    key: String,
    at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl Job {
    fn message(kind: &'static str, notice_id: Uuid, at: OffsetDateTime) -> Self {
        Self {
            kind,
            payload: notice_id,
            key: format!("{kind}:{notice_id}"),
            at,
            expires_at: at + MESSAGE_LIFETIME,
        }
    }

    /// One a person and day.
    fn digest(person_id: Uuid, at: OffsetDateTime) -> Self {
        let day = kit::clock::business_date(at);
        Self {
            kind: DIGEST,
            payload: person_id,
            key: format!("{DIGEST}:{person_id}:{day}"),
            at,
            expires_at: at + DIGEST_LIFETIME,
        }
    }

    fn row(&self, now: OffsetDateTime) -> NewJob<'_> {
        NewJob {
            job_id: kit::chance::id(now),
            kind: self.kind,
            payload: self.payload.as_bytes(),
            idempotency_key: &self.key,
            expires_at: Some(self.expires_at),
        }
    }
}
