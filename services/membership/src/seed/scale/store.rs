//! The SQL of made-up memberships.

use eventlog::copy::Copy;
use sqlx::PgConnection;
use synthetic::{MOST, Population, bounds, ordinal};

use super::entry::{APPLICATIONS_PER_PERSON, Entry};
use crate::{applications::State, consents, memberships};

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
            .or_null(entry.reached(State::InFirstReview), |row, at| row.time(at));
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
        "reason_sealed",
        "entered",
        "returns",
        "version",
        "created_at",
        "submitted_at",
        "decided_at",
    ];
    let mut rows = Copy::begin(conn, "applications", &columns).await?;
    for entry in entries {
        let state = entry.state();
        let entered = entry
            .steps
            .iter()
            .fold(0, |entered, step| entered | (1i16 << step.to.to_wire()));
        let reviewed = entry.reached(State::InFinalReview);
        let decided = matches!(state, State::Approved | State::Rejected);
        let decided_at = entry.reached(state).filter(|_| decided);
        let created_at = entry.reached(State::Draft);
        rows.row()
            .await?
            .id(entry.application_id())
            .id(population.societies.all()[entry.society].organisation_id)
            .id(entry.person_id)
            .text(&entry.person_number)
            .text(state.as_str())
            .text(entry.category.as_str())
            .bytes(&entry.form_sealed)
            .bytes(&entry.name_sealed)
            .text(&entry.division_code)
            .id(entry.consent_id())
            .or_null(reviewed, |row, _| row.id(entry.reviewer(0)))
            .or_null(entry.reason_sealed.as_ref(), |row, reason| {
                row.bytes(reason)
            })
            .small(entered)
            .small(i16::from(state == State::Returned))
            .big(entry.steps.len() as i64)
            .or_null(created_at, |row, at| row.time(at))
            .or_null(entry.reached(State::InFirstReview), |row, at| row.time(at))
            .or_null(decided_at, |row, at| row.time(at));
    }
    rows.finish().await?;
    Ok(())
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
        "reason_sealed",
    ];
    let mut rows = Copy::begin(conn, "application_steps", &columns).await?;
    for entry in entries {
        let mut before = None;
        for (step, version) in entry.steps.iter().zip(1..) {
            let (actor, actor_id, number) = match step.reviewer {
                None => ("applicant", entry.person_id, entry.person_number.as_str()),
                // Reviewers who do not exist have no number either.
                Some(which) => ("staff", entry.reviewer(which), ""),
            };
            let given = matches!(step.to, State::Returned | State::Rejected);
            let reason = entry.reason_sealed.as_ref().filter(|_| given);
            rows.row()
                .await?
                .id(entry.application_id())
                .big(version)
                .time(step.at)
                .or_null(before, |row, state: State| row.text(state.as_str()))
                .text(step.to.as_str())
                .text(actor)
                .id(actor_id)
                .text(number)
                .or_null(reason, |row, reason| row.bytes(reason));
            before = Some(step.to);
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
