//! Writes the tables `applications` and `application_steps`; what is read stands in [`records`].

pub(crate) mod answers;
pub(super) mod files;
pub(super) mod overdue;
pub(super) mod records;
pub(super) mod routes;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use self::records::Record;
use super::{
    State,
    rules::{Entered, Step},
};
use crate::categories::Category;

/// A draft to enter.
#[derive(Debug)]
pub(crate) struct Draft {
    pub application_id: Uuid,
    pub organisation_id: Uuid,
    pub organisation_name: String,
    pub person_id: Uuid,
    pub person_number: String,
    pub category: Category,
    pub form_sealed: Vec<u8>,
    /// The version of the organisation's own form; `None`: nothing is asked.
    pub form_version: Option<i32>,
    pub answers_sealed: Option<Vec<u8>>,
    pub created_at: OffsetDateTime,
}

/// The application as [`insert`] leaves it.
impl From<Draft> for Record {
    fn from(draft: Draft) -> Self {
        Self {
            application_id: draft.application_id,
            organisation_id: draft.organisation_id,
            organisation_name: draft.organisation_name,
            person_id: draft.person_id,
            person_number: draft.person_number,
            state: State::Draft,
            category: draft.category,
            form_sealed: draft.form_sealed,
            form_version: draft.form_version,
            current_form_version: draft.form_version,
            answers_sealed: draft.answers_sealed,
            name_sealed: None,
            division_code: None,
            consent_id: None,
            submitted_at: None,
            consent_stands: false,
            first_reviewer_id: None,
            reason_sealed: None,
            entered: Entered::DRAFT.0,
            returns: 0,
            version: 1,
            created_at: draft.created_at,
            decided_at: None,
            membership_id: None,
            since: Some(draft.created_at),
            // A draft waits for no review.
            review_days: 0,
            route_version: None,
        }
    }
}

/// Enters a draft and the first line of its history, unless the person has an undecided application there: then it
/// returns false. Waits while another one is being entered or decided.
pub(crate) async fn insert(conn: &mut PgConnection, draft: &Draft) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "with entered as (
             insert into applications (application_id, organisation_id, person_id, person_number, state, category, form_sealed,
                                       entered, created_at, form_version, answers_sealed)
             values ($1, $2, $3, $4, 'DRAFT', $5, $6, $7, $8, $9, $10)
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
        draft.created_at,
        draft.form_version,
        draft.answers_sealed
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The undecided application of a person to an organisation.
pub(crate) async fn open_one(
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
pub(crate) async fn lock_own(
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

/// The organisation and the applicant of an application that was submitted: they never change.
pub(crate) async fn belongs_to(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Uuid, Uuid)>, sqlx::Error> {
    let row = sqlx::query!(
        "select organisation_id, person_id from applications where application_id = $1 and submitted_at is not null",
        id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.organisation_id, row.person_id)))
}

/// Locks those of the applications that were submitted to this organisation, always in the same order, and keeps their
/// consents from being withdrawn meanwhile. Read them afterwards: only then is everything read as it is under the locks.
pub(crate) async fn lock_submitted(
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

/// Replaces category, form and answers with those of the record; returns the new version.
pub(crate) async fn edit(conn: &mut PgConnection, record: &Record) -> Result<i64, sqlx::Error> {
    // What is typed is not handed in: the list is not filtered by it.
    sqlx::query_scalar!(
        "with unlisted as (delete from application_answers where application_id = $1)
         update applications
         set category = $2, form_sealed = $3, form_version = $4, answers_sealed = $5, version = version + 1
         where application_id = $1 returning version",
        record.application_id,
        record.category.as_str(),
        record.form_sealed,
        record.form_version,
        record.answers_sealed
    )
    .fetch_one(conn)
    .await
}

/// What an application has from the moment it is submitted.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    pub name_sealed: &'a [u8],
    pub division_code: &'a str,
    /// The answers to the organisation's own form, in normal form.
    pub answers_sealed: Option<&'a [u8]>,
    pub consent_id: Uuid,
}

/// Submits an application that is locked, and writes its history; returns the new version.
pub(crate) async fn submit(
    conn: &mut PgConnection,
    id: Uuid,
    step: &Step,
    facts: &Submission<'_>,
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "with handed_in as (
             update applications
             set state = $2, entered = $3, first_reviewer_id = null, reason_sealed = null, name_sealed = $4, division_code = $5,
                 consent_id = $6, submitted_at = $7, answers_sealed = $9, version = version + 1
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
        facts.answers_sealed,
    )
    .fetch_one(conn)
    .await
}

/// A step to write: how the application stands after it, and the reason that was given.
#[derive(Debug)]
pub(crate) struct NewStep {
    pub application_id: Uuid,
    pub step: Step,
    pub reason_sealed: Option<Vec<u8>>,
}

/// Who takes a step.
#[derive(Debug)]
pub(crate) struct Actor<'a> {
    /// `staff` or `applicant`.
    pub side: &'static str,
    pub person_id: Uuid,
    pub person_number: &'a str,
}

/// Writes steps of applications that are locked, and their history, with one statement. Each gets the next version.
pub(crate) async fn write_steps(
    conn: &mut PgConnection,
    steps: &[NewStep],
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
