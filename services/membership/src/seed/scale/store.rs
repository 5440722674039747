//! The SQL of made-up memberships.

use eventlog::copy::Copy;
use sqlx::PgConnection;
use synthetic::{MOST, Population, bounds, ordinal};

use super::entry::{APPLICATIONS_PER_PERSON, Entry};
use crate::{applications::State, consents, memberships};

/// What an approved application was, step by step, and what one that waits was.
const APPROVED: [State; 4] = [
    State::Draft,
    State::InFirstReview,
    State::InFinalReview,
    State::Approved,
];

/// The ordinal behind the last made-up application.
pub(super) async fn applications(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let (low, high) = bounds(MOST * APPLICATIONS_PER_PERSON);
    let last = sqlx::query_scalar!(
        "select application_id from applications where application_id >= $1 and application_id < $2
         order by application_id desc limit 1",
        low,
        high
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.map_or(0, |id| ordinal(id) + 1))
}

/// Enters consents, applications with their steps, and memberships with theirs.
pub(super) async fn enter(
    conn: &mut PgConnection,
    population: &Population,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    enter_consents(conn, population, entries).await?;
    enter_applications(conn, population, entries).await?;
    enter_application_steps(conn, entries).await?;
    enter_memberships(conn, population, entries).await?;
    enter_membership_steps(conn, entries).await
}

async fn enter_consents(
    conn: &mut PgConnection,
    population: &Population,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "consent_id",
        "person_id",
        "organisation_id",
        "purpose_edition",
        "purpose",
        "fields",
        "given_at",
    ];
    let mut rows = Copy::begin(conn, "consents", &columns).await?;
    for entry in entries {
        let society = &population.societies.all()[entry.society];
        rows.row()
            .await?
            .id(entry.consent_id())
            .id(entry.person_id)
            .id(society.organisation_id)
            .text(consents::rules::EDITION)
            .text(&consents::rules::purpose(&society.name))
            .texts(&consents::rules::FIELDS)
            .time(entry.submitted_at);
    }
    rows.finish().await?;
    Ok(())
}

async fn enter_applications(
    conn: &mut PgConnection,
    population: &Population,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "application_id",
        "organisation_id",
        "person_id",
        "person_number",
        "state",
        "category",
        "form_sealed",
        "name_sealed",
        "division_code",
        "consent_id",
        "first_reviewer_id",
        "entered",
        "version",
        "created_at",
        "submitted_at",
        "decided_at",
    ];
    let mut rows = Copy::begin(conn, "applications", &columns).await?;
    for entry in entries {
        let steps = steps(entry);
        let joined = entry.membership.as_ref();
        let entered = steps
            .iter()
            .fold(0, |entered, state| entered | (1i16 << state.to_wire()));
        rows.row()
            .await?
            .id(entry.application_id())
            .id(population.societies.all()[entry.society].organisation_id)
            .id(entry.person_id)
            .text(&entry.person_number)
            .text(steps.last().map_or("", |state| state.as_str()))
            .text(entry.category.as_str())
            .bytes(&entry.form_sealed)
            .bytes(&entry.name_sealed)
            .text(&entry.division_code)
            .id(entry.consent_id())
            .or_null(joined, |row, _| row.id(entry.reviewer(0)))
            .small(entered)
            .big(steps.len() as i64)
            .time(entry.created_at)
            .time(entry.submitted_at)
            .or_null(joined, |row, joined| row.time(joined.decided_at));
    }
    rows.finish().await?;
    Ok(())
}

fn steps(entry: &Entry) -> &'static [State] {
    match entry.membership {
        Some(_) => &APPROVED,
        None => &APPROVED[..2],
    }
}

async fn enter_application_steps(
    conn: &mut PgConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "application_id",
        "version",
        "occurred_at",
        "from_state",
        "to_state",
        "actor",
        "actor_id",
        "actor_number",
    ];
    let mut rows = Copy::begin(conn, "application_steps", &columns).await?;
    for entry in entries {
        let decided = |of: fn(&super::Joined) -> time::OffsetDateTime| {
            entry.membership.as_ref().map_or(entry.submitted_at, of)
        };
        let moments = [
            entry.created_at,
            entry.submitted_at,
            decided(|joined| joined.reviewed_at),
            decided(|joined| joined.decided_at),
        ];
        let mut before = None;
        for ((state, at), version) in steps(entry).iter().zip(moments).zip(1..) {
            let (actor, actor_id, number) = match version {
                1 | 2 => ("applicant", entry.person_id, entry.person_number.as_str()),
                // Reviewers who do not exist have no number either.
                _ => ("staff", entry.reviewer(version as u64 - 3), ""),
            };
            rows.row()
                .await?
                .id(entry.application_id())
                .big(version)
                .time(at)
                .or_null(before, |row, state: State| row.text(state.as_str()))
                .text(state.as_str())
                .text(actor)
                .id(actor_id)
                .text(number);
            before = Some(*state);
        }
    }
    rows.finish().await?;
    Ok(())
}

async fn enter_memberships(
    conn: &mut PgConnection,
    population: &Population,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "membership_id",
        "organisation_id",
        "person_id",
        "person_number",
        "application_id",
        "member_number",
        "category",
        "state",
        "division_code",
        "consent_id",
        "name_sealed",
        "name_hash",
        "joined_on",
        "version",
        "created_at",
        "changed_at",
    ];
    let mut rows = Copy::begin(conn, "memberships", &columns).await?;
    for entry in entries {
        let Some(joined) = &entry.membership else {
            continue;
        };
        let changed = joined.state != memberships::State::Active;
        rows.row()
            .await?
            .id(entry.membership_id())
            .id(population.societies.all()[entry.society].organisation_id)
            .id(entry.person_id)
            .text(&entry.person_number)
            .id(entry.application_id())
            .text(&joined.member_number)
            .text(entry.category.as_str())
            .text(joined.state.as_str())
            .text(&entry.division_code)
            .id(entry.consent_id())
            .bytes(&entry.name_sealed)
            .bytes(&joined.name_hash)
            .date(joined.joined_on)
            .big(1 + i64::from(changed))
            .time(joined.decided_at)
            .time(joined.changed_at);
    }
    rows.finish().await?;
    Ok(())
}

async fn enter_membership_steps(
    conn: &mut PgConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "membership_id",
        "version",
        "occurred_at",
        "from_state",
        "to_state",
        "actor",
        "actor_id",
    ];
    let mut rows = Copy::begin(conn, "membership_steps", &columns).await?;
    for entry in entries {
        let Some(joined) = &entry.membership else {
            continue;
        };
        let (actor, actor_id) = match joined.state {
            memberships::State::Active => continue,
            memberships::State::Suspended => ("staff", entry.reviewer(1)),
            memberships::State::Resigned => ("member", entry.person_id),
        };
        rows.row()
            .await?
            .id(entry.membership_id())
            .big(2)
            .time(joined.changed_at)
            .text(memberships::State::Active.as_str())
            .text(joined.state.as_str())
            .text(actor)
            .text(&actor_id.to_string());
    }
    rows.finish().await?;
    Ok(())
}

/// What autovacuum would do in time: statistics and visibility, so that the next query is planned for what is there.
pub(super) async fn tidy(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Longer than a request may take.
    sqlx::raw_sql("set statement_timeout = 0")
        .execute(&mut *conn)
        .await?;
    sqlx::raw_sql(
        "vacuum (analyze) consents, applications, application_steps, memberships, membership_steps, eventlog.event_log",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::raw_sql("reset statement_timeout")
        .execute(conn)
        .await?;
    Ok(())
}
