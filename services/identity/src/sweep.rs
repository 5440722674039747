//! Throwing away what has served: codes, finished deliveries, forgotten failures, ended sessions.

use std::time::Duration as Period;

use kit::db::Db;
use time::{Duration, OffsetDateTime};

use crate::{
    codes,
    deliveries::{self, Kind},
    devices, grants, guardians, logouts,
    notices::{
        self,
        outgoing::KINDS,
        rules::{ASKED_RETENTION, RETENTION},
    },
    persons, sessions,
    sign_on::{self, demand, device, families, pushed, spent},
    throttles,
};

/// How often.
pub const PERIOD: Period = Period::from_secs(600);

/// Codes are needed for the limits of the last hour, and for a repeated request.
const CODES: Duration = Duration::hours(48);
/// Operators look into failed deliveries within this time.
const DELIVERIES: Duration = Duration::days(30);
const THROTTLES: Duration = Duration::days(2);
/// A second use of an authorization code is noticed that long.
const AUTHORIZATION_CODES: Duration = Duration::days(1);
const SESSIONS: Duration = Duration::days(30);
/// A refresh token that is presented a second time ends its family that long; later it is unknown.
const REFRESH_TOKENS: Duration = Duration::days(7);
/// What has become of the tokens of a site can be asked for that long.
const TOKEN_FAMILIES: Duration = Duration::days(7);
const DEVICE_SIGN_INS: Duration = Duration::minutes(10);
const GUARDIAN_CODES: Duration = Duration::days(2);
/// Time enough for a family to find the guardian; a verification that no guardian answered is forgotten then.
const AWAITING_GUARDIAN: Duration = Duration::days(30);

/// Sweeps the tables of all modules once. Any number of replicas may do it at the same time.
pub async fn once(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    let mut conn = db.read().await?;
    let swept = [
        ("codes", codes::store::sweep(&mut conn, now - CODES).await?),
        (
            "deliveries",
            jobs::sweep(&mut conn, &Kind::ALL.map(Kind::as_str), now - DELIVERIES).await?,
        ),
        (
            "former_deliveries",
            deliveries::store::sweep(&mut conn, now - DELIVERIES).await?,
        ),
        (
            "throttles",
            throttles::store::sweep(&mut conn, now - THROTTLES).await?,
        ),
        ("devices", devices::store::sweep(&mut conn, now).await?),
        (
            "authorization_codes",
            sign_on::store::sweep(&mut conn, now - AUTHORIZATION_CODES).await?,
        ),
        (
            "refresh_tokens",
            families::store::sweep_refresh(&mut conn, now - REFRESH_TOKENS).await?,
        ),
        (
            "token_families",
            families::store::sweep(&mut conn, now - TOKEN_FAMILIES).await?,
        ),
        (
            "logouts",
            jobs::sweep(&mut conn, &[logouts::KIND], now - DELIVERIES).await?,
        ),
        (
            "sessions",
            sessions::store::sweep(&mut conn, now - SESSIONS).await?,
        ),
        (
            "grant_proposals",
            grants::proposals::store::expire(&mut conn, now).await?,
        ),
        (
            "guardian_codes",
            guardians::store::sweep(&mut conn, now - GUARDIAN_CODES).await?,
        ),
        (
            "notices",
            notices::store::sweep(&mut conn, now - RETENTION).await?,
        ),
        (
            "asked_notices",
            notices::store::sweep_asked(&mut conn, now - ASKED_RETENTION).await?,
        ),
        (
            "notice_messages",
            jobs::sweep(&mut conn, &KINDS, now - DELIVERIES).await?,
        ),
        (
            "pending_verifications",
            persons::store::sweep(&mut conn, now - AWAITING_GUARDIAN).await?,
        ),
    ];
    tracing::debug!(?swept, "swept");
    Ok(())
}

/// Throws away what sites have asked for and no person has answered in time, and tokens of sites that have served. Often, because strangers can
/// make such rows.
pub async fn demands(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    let mut conn = db.read().await?;
    demand::store::sweep(&mut conn, now).await?;
    pushed::store::sweep(&mut conn, now).await?;
    spent::store::sweep(&mut conn, now).await?;
    // A device that asks too late is told so for a while.
    device::store::sweep(&mut conn, now - DEVICE_SIGN_INS).await?;
    Ok(())
}

/// Leaves word for the sites of sessions that nothing but time has ended.
pub async fn tell_of_expired(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    loop {
        let mut tx = db.begin().await?;
        let more = logouts::leave_expired(&mut tx, now - sessions::rules::IDLE, now).await?;
        tx.commit().await?;
        // Each step moves what it looks at out of the way, so the last one finds nothing.
        if !more {
            return Ok(());
        }
    }
}
