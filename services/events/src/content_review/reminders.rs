//! Reminds organisations of reviews that are overdue: on the morning of each working day, once, whichever replica does it. What is overdue
//! is worked out at that moment.

use std::time::Duration;

use approvals::reminders::{due, limits, overdue};
use kit::{
    Worker,
    clock::{Clock, business_date},
    db::Db,
};
use proto_notices::{Filled, templates::ActivityReviewsOverdue};
use time::OffsetDateTime;
use workdays::Calendar;

use super::store;
use crate::content_routes::KIND;

/// How often it is looked whether it is time.
const PERIOD: Duration = Duration::from_secs(300);

/// The worker.
pub fn worker(db: &Db, clock: &Clock) -> Worker {
    let (db, clock) = (db.clone(), clock.clone());
    Worker::every("events.reminders", PERIOD, move || {
        let (db, clock) = (db.clone(), clock.clone());
        async move { remind(&db, Calendar::china(), clock.now()).await }
    })
}

/// Tells those who review, if it is time and has not been done today.
pub async fn remind(db: &Db, calendar: &Calendar, now: OffsetDateTime) -> anyhow::Result<()> {
    if !due(calendar, now) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if !store::first_today(&mut tx, business_date(now)).await? {
        return Ok(());
    }
    let what = |organisation_id, organisation_name: &str| {
        Filled::from(ActivityReviewsOverdue {
            organisation_id,
            organisation_name,
        })
    };
    let limits = limits(calendar, now);
    let notices = overdue(&mut tx, &KIND, &limits, now, what).await?;
    tx.notify(&notices, now).await?;
    tx.commit().await?;
    Ok(())
}
