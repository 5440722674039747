//! Grants that end on a day: they are taken when it has passed, and their holders are told two weeks before.
//!
//! Both are worked out when they are due, by any replica; a grant that was extended or taken meanwhile is left alone.

use kit::{access::Caller, audit, clock::business_date, db::Db};
use proto_notices::templates;
use time::{Duration, OffsetDateTime};

use super::{
    give::{revoke, tell_holder, titles},
    store,
};
use crate::persons;

const ACTION: &str = "identity ends grants";
/// Holders are told that long before.
const NOTICE: Duration = Duration::days(14);
/// At a time.
const BATCH: i64 = 100;

/// Takes what has ended, and tells the holders of what ends soon.
pub async fn once(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    take_past(db, now).await?;
    remind(db, now).await
}

async fn take_past(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    let today = business_date(now);
    let caller = Caller::Service("identity".to_owned());
    loop {
        let past = store::past(&mut *db.read().await?, today, BATCH).await?;
        let last = (past.len() as i64) < BATCH;
        for grant_id in past {
            let mut tx = db.begin().await?;
            let Some(row) = store::read(&mut tx, grant_id).await? else {
                continue;
            };
            persons::store::lock_all(&mut tx, &[row.person_id]).await?;
            // As it is now that no other call changes it.
            let Some(row) = store::read(&mut tx, grant_id).await? else {
                continue;
            };
            if row.last_day.is_none_or(|day| day >= today) {
                continue;
            }
            revoke(&mut tx, row, &caller.actor(), now).await?;
            let subject = format!("grant:{grant_id}");
            audit::record(&mut tx, &caller, ACTION, &subject, "ok", now).await?;
            tx.commit().await?;
        }
        if last {
            return Ok(());
        }
    }
}

async fn remind(db: &Db, now: OffsetDateTime) -> anyhow::Result<()> {
    let today = business_date(now);
    loop {
        let mut tx = db.begin().await?;
        let due = store::to_remind(&mut tx, today, today + NOTICE, BATCH).await?;
        let last = (due.len() as i64) < BATCH;
        for row in due {
            let (role_zh, role_en) = titles(&row.role);
            let last_day = row.last_day.map(kit::wire::date).unwrap_or_default();
            let what = templates::RoleEndsSoon {
                organisation_id: row.organisation_id,
                organisation_name: &row.organisation_name,
                role_zh,
                role_en,
                last_day: &last_day,
            };
            tell_holder(&mut tx, row.person_id, &what.into(), now).await?;
        }
        tx.commit().await?;
        if last {
            return Ok(());
        }
    }
}
