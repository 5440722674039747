//! The SQL of made-up activities.

use eventlog::copy::Copy;
use sqlx::PgConnection;
use synthetic::{Kind as IdKind, MOST, bounds, id, ordinal};

use super::entry::{Entry, PEOPLE_EACH};
use crate::{
    activities::{Kind, search},
    registrations::State,
};

/// Serialises concurrent runs; the bytes of "people".
const LOCK: i64 = 0x7065_6f70_6c65;

/// Takes the lock until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// The number of made-up activities, which are inserted in the order of their ids.
pub(super) async fn activities(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let (low, high) = bounds(MOST / PEOPLE_EACH);
    let last = sqlx::query_scalar!(
        "select activity_id from activities where activity_id >= $1 and activity_id < $2
         order by activity_id desc limit 1",
        low,
        high
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.map_or(0, |id| ordinal(id) + 1))
}

/// Inserts activities with their seats, registrations and credits.
pub(super) async fn insert(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    insert_activities(conn, entries).await?;
    insert_seats(conn, entries).await?;
    insert_registrations(conn, entries).await?;
    insert_credits(conn, entries).await
}

async fn insert_activities(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let columns = [
        "activity_id",
        "organisation_id",
        "title",
        "title_search",
        "search_keys",
        "description",
        "kind",
        "state",
        "starts_at",
        "ends_at",
        "division_code",
        "place",
        "credit_minutes",
        "created_at",
        "published_at",
    ];
    let mut rows = Copy::begin(conn, "activities", &columns).await?;
    for entry in entries {
        let content = &entry.activity.content;
        let title_search = search::normalise(&content.title);
        rows.row()
            .await?
            .id(entry.activity.activity_id)
            .id(entry.activity.organisation_id)
            .text(&content.title)
            .text(&title_search)
            .texts(&search::keys_of_activity(
                &title_search,
                content.schedule.ends_at,
            ))
            .text(&content.description)
            .text(match content.kind {
                Kind::AcademicMeeting => "academic_meeting",
                Kind::Lecture => "lecture",
                Kind::PopularScience => "popular_science",
                Kind::Training => "training",
                Kind::Volunteering => "volunteering",
            })
            .text("published")
            .time(content.schedule.starts_at)
            .time(content.schedule.ends_at)
            .text(&content.division_code)
            .text(&content.place)
            .int(content.credit_minutes)
            .time(entry.published_at)
            .time(entry.published_at);
    }
    rows.finish().await?;
    Ok(())
}

async fn insert_seats(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let columns = ["activity_id", "capacity", "taken", "admitted"];
    let mut rows = Copy::begin(conn, "seats", &columns).await?;
    for entry in entries {
        rows.row()
            .await?
            .id(entry.activity.activity_id)
            .int(entry.activity.content.capacity)
            .int(entry.taken() as i32)
            .big(entry.registrations.len() as i64);
    }
    rows.finish().await?;
    Ok(())
}

async fn insert_registrations(
    conn: &mut PgConnection,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let columns = [
        "registration_id",
        "activity_id",
        "ordinal",
        "person_id",
        "person_number",
        "person_name",
        "division_code",
        "state",
        "created_at",
        "checked_in_at",
        "cancelled_at",
    ];
    let mut rows = Copy::begin(conn, "registrations", &columns).await?;
    for entry in entries {
        for (seat, nth) in entry.registrations.iter().zip(1..) {
            let changed = |state| (seat.state == state).then_some(seat.changed_at);
            rows.row()
                .await?
                .id(seat.registration_id())
                .id(entry.activity.activity_id)
                .big(nth)
                .id(seat.person_id)
                .text(&seat.person_number)
                .or_null(seat.name_sealed.as_ref(), |row, name| row.bytes(name))
                .text(&seat.division_code)
                .text(match seat.state {
                    State::Registered => "registered",
                    State::Attended => "attended",
                    State::Cancelled => "cancelled",
                })
                .time(seat.created_at)
                .or_null(changed(State::Attended), |row, at| row.time(at))
                .or_null(changed(State::Cancelled), |row, at| row.time(at));
        }
    }
    rows.finish().await?;
    Ok(())
}

async fn insert_credits(conn: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let columns = [
        "credit_id",
        "registration_id",
        "activity_id",
        "person_id",
        "minutes",
        "credited_at",
    ];
    let mut rows = Copy::begin(conn, "credits", &columns).await?;
    for entry in entries {
        let minutes = entry.activity.content.credit_minutes;
        for seat in &entry.registrations {
            if seat.state == State::Attended && minutes > 0 {
                rows.row()
                    .await?
                    .id(id(IdKind::Credit, seat.ordinal))
                    .id(seat.registration_id())
                    .id(entry.activity.activity_id)
                    .id(seat.person_id)
                    .int(minutes)
                    .time(seat.changed_at);
            }
        }
    }
    rows.finish().await?;
    Ok(())
}

/// Updates statistics and the visibility map at once, as autovacuum would later, so that the next query is planned for the new rows.
pub(super) async fn tidy(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    // Takes longer than the timeout of requests.
    sqlx::raw_sql("set statement_timeout = 0")
        .execute(&mut *conn)
        .await?;
    sqlx::raw_sql("vacuum (analyze) activities, seats, registrations, credits, eventlog.event_log")
        .execute(&mut *conn)
        .await?;
    sqlx::raw_sql("reset statement_timeout")
        .execute(conn)
        .await?;
    Ok(())
}
