//! Reminds organisations of applications that are overdue: on the morning of each working day, once, whichever replica does it. What is
//! overdue is worked out at that moment and never stored ahead, so that no one is reminded of what has been
//! decided.

use std::time::Duration;

use approvals::reminders::{due, limits, overdue};
use kit::{
    Worker,
    clock::{Clock, business_date},
    db::Db,
    notices::Notice,
};
use proto_notices::{Filled, templates::ApplicationsOverdue};
use time::OffsetDateTime;
use workdays::Calendar;

use super::{
    notices::REVIEW,
    store::overdue::{Overdue, first_today, organisations},
};
use crate::application_routes::KIND;

/// How often it is looked whether it is time.
const PERIOD: Duration = Duration::from_secs(300);

/// The worker.
pub(crate) fn worker(db: &Db, clock: &Clock) -> Worker {
    let (db, clock) = (db.clone(), clock.clone());
    Worker::every("membership.reminders", PERIOD, move || {
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
    if !first_today(&mut tx, business_date(now)).await? {
        return Ok(());
    }
    let limits = limits(calendar, now);
    let without_route = organisations(&mut tx, &limits).await?;
    let mut notices: Vec<Notice> = without_route.iter().map(notice).collect();
    let what = |organisation_id, organisation_name: &str| {
        Filled::from(ApplicationsOverdue {
            organisation_id,
            organisation_name,
        })
    };
    notices.extend(overdue(&mut tx, &KIND, &limits, now, what).await?);
    tx.notify(&notices, now).await?;
    tx.commit().await?;
    Ok(())
}

fn notice(overdue: &Overdue) -> Notice {
    let what = ApplicationsOverdue {
        organisation_id: overdue.organisation_id,
        organisation_name: &overdue.organisation_name,
    };
    Notice::to_holders(REVIEW, overdue.organisation_id, what)
}
