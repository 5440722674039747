//! The tables `applications` and `application_steps`.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    State,
    rules::{Entered, Standing, Step},
};
use crate::memberships::Category;

/// An application with what belongs to it.
#[derive(Debug)]
pub(super) struct Record {
    pub application_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_name: String,
    pub person_id: Uuid,
    pub person_number: String,
    pub state: State,
    pub category: Category,
    pub form_sealed: Vec<u8>,
    /// `None` before it is handed in, like the three that follow.
    pub name_sealed: Option<Vec<u8>>,
    pub division_code: Option<String>,
    pub consent_id: Option<Uuid>,
    pub submitted_at: Option<OffsetDateTime>,
    /// Whether the consent under which it was handed in stands.
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
}

impl Record {
    /// What the rules need to know.
    pub(super) fn standing(&self) -> Standing {
        Standing {
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
                      a.name_sealed as "name_sealed?", a.division_code as "division_code?", a.consent_id as "consent_id?",
                      a.submitted_at as "submitted_at?",
                      (c.consent_id is not null and c.withdrawn_at is null) as "consent_stands!",
                      a.first_reviewer_id as "first_reviewer_id?", a.reason_sealed as "reason_sealed?",
                      a.entered as "entered!", a.returns as "returns!", a.version as "version!", a.created_at as "created_at!",
                      a.decided_at as "decided_at?", m.membership_id as "membership_id?"
               from applications a
               join organisations o on o.organisation_id = a.organisation_id
               left join consents c on c.consent_id = a.consent_id
               left join memberships m on m.application_id = a.application_id "#
                + $which
            $(, $argument)*
        )
    };
}

/// One application.
pub(super) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Record>, sqlx::Error> {
    records!("where a.application_id = $1", id)
        .fetch_optional(conn)
        .await
}

/// Several applications, in no order.
pub(super) async fn get_many(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Record>, sqlx::Error> {
    records!("where a.application_id = any($1)", ids)
        .fetch_all(conn)
        .await
}

/// The applications of a person, newest first, behind `after`.
pub(super) async fn of_person(
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

/// What was handed in to an organisation and is in one of these states, the longest waiting first, behind `after`.
pub(super) async fn of_organisation(
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

/// How many applications to an organisation wait for the first and for the final review.
pub(super) async fn waiting(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<(i64, i64), sqlx::Error> {
    let waiting = sqlx::query!(
        r#"select count(*) filter (where state = 'IN_FIRST_REVIEW') as "first!",
                  count(*) filter (where state = 'IN_FINAL_REVIEW') as "final!"
           from applications
           where organisation_id = $1 and state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW') and submitted_at is not null"#,
        organisation_id
    )
    .fetch_one(conn)
    .await?;
    Ok((waiting.first, waiting.r#final))
}

/// A draft to enter.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub application_id: Uuid,
    pub organisation_id: Uuid,
    pub person_id: Uuid,
    pub person_number: &'a str,
    pub category: Category,
    pub form_sealed: &'a [u8],
}

/// Enters a draft and the first line of its history, unless the person has an undecided application there: then it
/// returns false. Waits while another one is being entered or decided.
pub(super) async fn insert(
    conn: &mut PgConnection,
    draft: &Draft<'_>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "with entered as (
             insert into applications (application_id, organisation_id, person_id, person_number, state, category, form_sealed,
                                       entered, created_at)
             values ($1, $2, $3, $4, 'DRAFT', $5, $6, $7, $8)
             on conflict (person_id, organisation_id)
                 where state in ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED') do nothing
             returning application_id, version, person_id, person_number
         )
         insert into application_steps (application_id, version, occurred_at, to_state, actor, actor_id, actor_number)
         select application_id, version, $8, 'DRAFT', 'applicant', person_id, person_number from entered",
        draft.application_id,
        draft.organisation_id,
        draft.person_id,
        draft.person_number,
        draft.category.as_str(),
        draft.form_sealed,
        Entered::DRAFT.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The undecided application of a person to an organisation.
pub(super) async fn open_one(
    conn: &mut PgConnection,
    person_id: Uuid,
    organisation_id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select application_id from applications
         where person_id = $1 and organisation_id = $2
           and state in ('DRAFT', 'IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'RETURNED')",
        person_id,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// Locks one application of a person; false if the person has no such application.
pub(super) async fn lock_own(
    conn: &mut PgConnection,
    id: Uuid,
    person_id: Uuid,
) -> Result<bool, sqlx::Error> {
    let locked = sqlx::query_scalar!(
        "select application_id from applications where application_id = $1 and person_id = $2 for update",
        id,
        person_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(locked.is_some())
}

/// The organisation of an application that was handed in.
pub(super) async fn organisation_of(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select organisation_id from applications where application_id = $1 and submitted_at is not null",
        id
    )
    .fetch_optional(conn)
    .await
}

/// Locks those of the applications that were handed in to this organisation, always in the same order, and keeps their
/// consents from being withdrawn meanwhile. Read them afterwards: only then is everything read as it is under the locks.
pub(super) async fn lock_handed_in(
    conn: &mut PgConnection,
    ids: &[Uuid],
    organisation_id: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select a.application_id
         from applications a join consents c on c.consent_id = a.consent_id
         where a.application_id = any($1) and a.organisation_id = $2 and a.submitted_at is not null
         order by a.application_id
         for update of a for share of c",
        ids,
        organisation_id
    )
    .fetch_all(conn)
    .await
}

/// Replaces category and form; returns the new version.
pub(super) async fn edit(
    conn: &mut PgConnection,
    id: Uuid,
    category: Category,
    form_sealed: &[u8],
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update applications set category = $2, form_sealed = $3, version = version + 1
         where application_id = $1 returning version",
        id,
        category.as_str(),
        form_sealed
    )
    .fetch_one(conn)
    .await
}

/// What handing in brings along.
#[derive(Debug)]
pub(super) struct HandedIn<'a> {
    pub name_sealed: &'a [u8],
    pub division_code: &'a str,
    pub consent_id: Uuid,
}

/// Hands in an application that is locked, and writes its history; returns the new version.
pub(super) async fn hand_in(
    conn: &mut PgConnection,
    id: Uuid,
    step: &Step,
    facts: &HandedIn<'_>,
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "with handed_in as (
             update applications
             set state = $2, entered = $3, first_reviewer_id = null, reason_sealed = null, name_sealed = $4, division_code = $5,
                 consent_id = $6, submitted_at = $7, version = version + 1
             where application_id = $1
             returning application_id, version, person_id, person_number
         )
         insert into application_steps (application_id, version, occurred_at, from_state, to_state, actor, actor_id, actor_number)
         select application_id, version, $7, $8, $2, 'applicant', person_id, person_number from handed_in
         returning version",
        id,
        step.after.state.as_str(),
        step.after.entered.0,
        facts.name_sealed,
        facts.division_code,
        facts.consent_id,
        now,
        step.from.as_str(),
    )
    .fetch_one(conn)
    .await
}

/// A step to write: how the application stands after it, and the reason that was given.
#[derive(Debug)]
pub(super) struct Taken {
    pub application_id: Uuid,
    pub step: Step,
    pub reason_sealed: Option<Vec<u8>>,
}

/// Who takes a step.
#[derive(Debug)]
pub(super) struct Actor<'a> {
    /// `staff` or `applicant`.
    pub side: &'static str,
    pub person_id: Uuid,
    pub person_number: &'a str,
}

/// Writes steps of applications that are locked, and their history, with one statement. Each gets the next version.
pub(super) async fn take_steps(
    conn: &mut PgConnection,
    steps: &[Taken],
    actor: &Actor<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = steps.iter().map(|s| s.application_id).collect();
    let from: Vec<String> = steps
        .iter()
        .map(|s| s.step.from.as_str().to_owned())
        .collect();
    let to: Vec<String> = steps
        .iter()
        .map(|s| s.step.after.state.as_str().to_owned())
        .collect();
    let entered: Vec<i16> = steps.iter().map(|s| s.step.after.entered.0).collect();
    let returns: Vec<i16> = steps.iter().map(|s| s.step.after.returns).collect();
    let reviewers: Vec<Option<Uuid>> = steps.iter().map(|s| s.step.after.first_reviewer).collect();
    let decided: Vec<bool> = steps
        .iter()
        .map(|s| s.step.after.state.is_decided())
        .collect();
    let reasons: Vec<Option<Vec<u8>>> = steps.iter().map(|s| s.reason_sealed.clone()).collect();
    sqlx::query!(
        "with steps as (
             select * from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::smallint[], $6::uuid[], $7::bool[], $8::bytea[])
                 as s (application_id, from_state, to_state, entered, returns, first_reviewer_id, decided, reason_sealed)
         ), moved as (
             update applications a
             set state = s.to_state, entered = s.entered, returns = s.returns, first_reviewer_id = s.first_reviewer_id,
                 reason_sealed = s.reason_sealed, decided_at = case when s.decided then $9::timestamptz end, version = a.version + 1
             from steps s where a.application_id = s.application_id
             returning a.application_id, a.version
         )
         insert into application_steps (application_id, version, occurred_at, from_state, to_state, actor, actor_id, actor_number,
                                        reason_sealed)
         select s.application_id, m.version, $9, s.from_state, s.to_state, $10, $11, $12, s.reason_sealed
         from steps s join moved m using (application_id)",
        &ids,
        &from,
        &to,
        &entered,
        &returns,
        &reviewers as &[Option<Uuid>],
        &decided,
        &reasons as &[Option<Vec<u8>>],
        now,
        actor.side,
        actor.person_id,
        actor.person_number,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One line of the history.
#[derive(Debug)]
pub(super) struct HistoryLine {
    pub occurred_at: OffsetDateTime,
    pub from_state: Option<State>,
    pub to_state: State,
    pub actor: String,
    pub actor_number: String,
    pub reason_sealed: Option<Vec<u8>>,
}

/// What happened to an application, oldest first. The rules keep it below 500 lines.
pub(super) async fn history(
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
