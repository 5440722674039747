//! The SQL of made-up people.

use eventlog::copy::Copy;
use sqlx::PgConnection;
use synthetic::{MOST, bounds, ordinal};

use super::entry::Entry;
use crate::persons::store::RESIDENT_ID;

/// Two who seed at once take turns: "people".
const LOCK: i64 = 0x7065_6f70_6c65;

/// Until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many made-up people there are: they are entered in the order of their ids.
pub(super) async fn people(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let (low, high) = bounds(MOST);
    let last = sqlx::query_scalar!(
        "select person_id from persons where person_id >= $1 and person_id < $2 order by person_id desc limit 1",
        low,
        high
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.map_or(0, |id| ordinal(id) + 1))
}

/// Enters people with their documents, accounts and addresses.
pub(super) async fn enter(
    conn: &mut PgConnection,
    entries: &[Entry],
    password_hash: &str,
    consent_text: &str,
) -> Result<(), sqlx::Error> {
    let columns = [
        "person_id",
        "person_number",
        "division_code",
        "name_sealed",
        "verified_at",
        "described",
        "created_at",
        "updated_at",
    ];
    let mut rows = Copy::begin(conn, "persons", &columns).await?;
    for entry in entries {
        let proof = entry.verified.as_ref();
        rows.row()
            .await?
            .id(entry.person_id)
            .text(&entry.person_number)
            .text(&entry.division_code)
            .or_null(proof, |row, proof| row.bytes(&proof.name_sealed))
            .or_null(proof, |row, proof| row.time(proof.at))
            .flag(proof.is_some_and(|proof| proof.description.is_some()))
            .time(entry.registered_at)
            .time(proof.map_or(entry.registered_at, |proof| proof.at));
    }
    rows.finish().await?;

    let columns = [
        "person_id",
        "kind",
        "number_sealed",
        "number_hash",
        "consented_at",
        "consent_text",
        "verified_at",
    ];
    let mut rows = Copy::begin(conn, "documents", &columns).await?;
    for entry in entries {
        if let Some(proof) = &entry.verified {
            rows.row()
                .await?
                .id(entry.person_id)
                .text(RESIDENT_ID)
                .bytes(&proof.number_sealed)
                .bytes(&proof.number_hash)
                .time(proof.at)
                .text(consent_text)
                .time(proof.at);
        }
    }
    rows.finish().await?;

    let columns = [
        "account_id",
        "person_id",
        "display_name_sealed",
        "password_hash",
        "password_changed_at",
        "created_at",
    ];
    let mut rows = Copy::begin(conn, "accounts", &columns).await?;
    for entry in entries {
        rows.row()
            .await?
            .id(entry.account_id)
            .id(entry.person_id)
            .bytes(&entry.display_name_sealed)
            .text(password_hash)
            .time(entry.registered_at)
            .time(entry.registered_at);
    }
    rows.finish().await?;

    let columns = ["address_hash", "account_id", "address_sealed", "created_at"];
    let mut rows = Copy::begin(conn, "addresses", &columns).await?;
    for entry in entries {
        rows.row()
            .await?
            .bytes(&entry.address_hash)
            .id(entry.account_id)
            .bytes(&entry.address_sealed)
            .time(entry.registered_at);
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
    sqlx::raw_sql("vacuum (analyze) persons, documents, accounts, addresses, eventlog.event_log")
        .execute(&mut *conn)
        .await?;
    sqlx::raw_sql("reset statement_timeout")
        .execute(conn)
        .await?;
    Ok(())
}
