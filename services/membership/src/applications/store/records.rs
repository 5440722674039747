//! Reads the tables `applications` and `application_steps`.

use form_versions::filter::Wanted;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    applications::{
        State,
        rules::{Entered, Progress},
    },
    categories::Category,
};

/// An application with what belongs to it.
#[derive(Debug)]
pub(crate) struct Record {
    pub application_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_name: String,
    pub person_id: Uuid,
    pub person_number: String,
    pub state: State,
    pub category: Category,
    pub form_sealed: Vec<u8>,
    /// The version of the organisation's own form; `None`: nothing was asked.
    pub form_version: Option<i32>,
    /// The version that the organisation publishes now.
    pub current_form_version: Option<i32>,
    pub answers_sealed: Option<Vec<u8>>,
    /// `None` before it is submitted, like the three that follow.
    pub name_sealed: Option<Vec<u8>>,
    pub division_code: Option<String>,
    pub consent_id: Option<Uuid>,
    pub submitted_at: Option<OffsetDateTime>,
    /// Whether the consent under which it was submitted is in force.
    pub consent_stands: bool,
    pub first_reviewer_id: Option<Uuid>,
    pub reason_sealed: Option<Vec<u8>>,
    pub entered: i16,
    pub returns: i16,
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub decided_at: Option<OffsetDateTime>,
    /// The membership that came of it.
    pub membership_id: Option<Uuid>,
    /// When it entered its state.
    pub since: Option<OffsetDateTime>,
    /// The working days that the organisation has for a review step.
    pub review_days: i16,
    /// The version of the organisation's route that it is on; `None`: the first and the final review.
    pub route_version: Option<i32>,
}

impl Record {
    /// What the rules need to know.
    pub(crate) fn progress(&self) -> Progress {
        Progress {
            state: self.state,
            applicant: self.person_id,
            first_reviewer: self.first_reviewer_id,
            entered: Entered(self.entered),
            returns: self.returns,
        }
    }
}

/// Selects [`Record`]s; the argument says which ones.
macro_rules! records {
    ($which:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Record,
            // The compiler cannot tell which columns a join leaves without nulls: `!` and `?` say so.
            r#"select a.application_id as "application_id!", a.organisation_id as "organisation_id!",
                      o.name as "organisation_name!", a.person_id as "person_id!", a.person_number as "person_number!",
                      a.state as "state!: State", a.category as "category!: Category", a.form_sealed as "form_sealed!",
                      a.form_version as "form_version?", a.answers_sealed as "answers_sealed?",
                      (select max(v.number) from application_form_versions v
                       where v.organisation_id = a.organisation_id) as "current_form_version?",
                      a.name_sealed as "name_sealed?", a.division_code as "division_code?", a.consent_id as "consent_id?",
                      a.submitted_at as "submitted_at?",
                      (c.consent_id is not null and c.withdrawn_at is null) as "consent_stands!",
                      a.first_reviewer_id as "first_reviewer_id?", a.reason_sealed as "reason_sealed?",
                      a.entered as "entered!", a.returns as "returns!", a.version as "version!", a.created_at as "created_at!",
                      a.decided_at as "decided_at?", m.membership_id as "membership_id?",
                      coalesce(a.step_since, s.occurred_at) as "since?", coalesce(a.step_days, o.review_days) as "review_days!",
                      a.route_version as "route_version?"
               from applications a
               join organisations o on o.organisation_id = a.organisation_id
               left join consents c on c.consent_id = a.consent_id
               left join memberships m on m.application_id = a.application_id
               left join application_steps s on s.application_id = a.application_id and s.version = a.version "#
                + $which
            $(, $argument)*
        )
    };
}

/// One application.
pub(crate) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where a.application_id = $1", id)
        .fetch_optional(conn)
        .await
}

/// Several applications, in no order.
pub(crate) async fn get_many(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Record>, sqlx::Error> {
    records!("where a.application_id = any($1)", ids)
        .fetch_all(conn)
        .await
}

/// The applications of a person, newest first, behind `after`.
pub(crate) async fn of_person(
    conn: &mut PgConnection,
    person_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    records!(
        "where a.person_id = $1 and a.application_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         order by a.application_id desc limit $3",
        person_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// What was submitted to an organisation and is in one of these states, the longest waiting first, behind `after`.
pub(crate) async fn of_organisation(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    states: &[State],
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    let states: Vec<String> = states
        .iter()
        .map(|state| state.as_str().to_owned())
        .collect();
    let (submitted_at, application_id) = after.unzip();
    // Each state gives its first rows from the index; what is sorted is at most a page of each.
    let ids = sqlx::query_scalar!(
        r#"select page.application_id as "application_id!"
           from unnest($2::text[]) as wanted (state),
           lateral (
               select application_id, submitted_at from applications a
               where a.organisation_id = $1 and a.state = wanted.state and a.submitted_at is not null
                 and (a.submitted_at, a.application_id)
                     > (coalesce($3, '-infinity'::timestamptz), coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid))
               order by a.submitted_at, a.application_id limit $5
           ) as page
           order by page.submitted_at, page.application_id limit $5"#,
        organisation_id,
        &states,
        submitted_at,
        application_id,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut records = get_many(conn, &ids).await?;
    records.sort_unstable_by_key(|record| (record.submitted_at, record.application_id));
    Ok(records)
}

/// The same, of those who have answered what is wanted, under a consent that is in force.
pub(crate) async fn of_organisation_who_answered(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    states: &[State],
    wanted: &Wanted,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Record>, sqlx::Error> {
    let ([key, keys @ ..], [value, values @ ..]) = (&wanted.keys[..], &wanted.values[..]) else {
        return of_organisation(conn, organisation_id, states, after, limit).await;
    };
    let states: Vec<String> = states
        .iter()
        .map(|state| state.as_str().to_owned())
        .collect();
    let (submitted_at, application_id) = after.unzip();
    // The index gives the applications with the first answer; the other answers are looked up.
    let ids = sqlx::query_scalar!(
        "select a.application_id
         from application_answers found
         join applications a using (application_id)
         join consents c on c.consent_id = a.consent_id and c.withdrawn_at is null
         where found.organisation_id = $1 and found.key = $6 and found.value = $7
           and a.state = any($2) and a.submitted_at is not null
           and (a.submitted_at, a.application_id)
               > (coalesce($3, '-infinity'::timestamptz), coalesce($4, '00000000-0000-0000-0000-000000000000'::uuid))
           and not exists (
               select from unnest($8::text[], $9::text[]) as wanted (key, value)
               where not exists (select from application_answers other
                                 where other.application_id = found.application_id
                                   and other.key = wanted.key and other.value = wanted.value))
         order by a.submitted_at, a.application_id limit $5",
        organisation_id,
        &states,
        submitted_at,
        application_id,
        limit,
        key,
        value,
        keys,
        values
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut records = get_many(conn, &ids).await?;
    records.sort_unstable_by_key(|record| (record.submitted_at, record.application_id));
    Ok(records)
}

/// How many applications to an organisation wait.
#[derive(Debug)]
pub(crate) struct Queue {
    pub first: i64,
    pub r#final: i64,
    /// How many of both have waited since before the given moment.
    pub overdue: i64,
}

/// How many applications to an organisation wait for the first and for the final review, and how many of them have waited in their step
/// since before `overdue_before`; of no moment, none. On a route that is before the moment that `limits` give for the days of the step.
pub(crate) async fn waiting(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    overdue_before: Option<OffsetDateTime>,
    limits: &[(i16, OffsetDateTime)],
) -> Result<Queue, sqlx::Error> {
    let (days, before): (Vec<i16>, Vec<OffsetDateTime>) = limits.iter().copied().unzip();
    // What was submitted later cannot have waited longer, so the step is looked up for few.
    sqlx::query_as!(
        Queue,
        r#"select count(*) filter (where a.state = 'IN_FIRST_REVIEW') as "first!",
                  count(*) filter (where a.state = 'IN_FINAL_REVIEW') as "final!",
                  count(*) filter (where case when a.route_version is null
                      then a.submitted_at < $2 and (
                          select s.occurred_at < $2 from application_steps s
                          where s.application_id = a.application_id and s.version = a.version)
                      else a.step_since < l.before end) as "overdue!"
           from applications a
           left join unnest($3::smallint[], $4::timestamptz[]) as l (days, before) on l.days = a.step_days
           where a.organisation_id = $1 and a.state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW') and a.submitted_at is not null"#,
        organisation_id,
        overdue_before,
        &days,
        &before
    )
    .fetch_one(conn)
    .await
}

/// One line of the history.
#[derive(Debug)]
pub(crate) struct HistoryLine {
    pub occurred_at: OffsetDateTime,
    pub from_state: Option<State>,
    pub to_state: State,
    pub actor: String,
    pub actor_number: String,
    pub reason_sealed: Option<Vec<u8>>,
}

/// What happened to an application, oldest first. The rules keep it below 500 lines.
pub(crate) async fn history(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Vec<HistoryLine>, sqlx::Error> {
    sqlx::query_as!(
        HistoryLine,
        r#"select occurred_at, from_state as "from_state: State", to_state as "to_state: State", actor, actor_number, reason_sealed
           from application_steps where application_id = $1 order by version limit 500"#,
        id
    )
    .fetch_all(conn)
    .await
}
