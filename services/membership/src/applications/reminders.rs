//! Reminds organisations of applications that are overdue: on the morning of each working day, once, whichever replica does it. What is
//! overdue is worked out at that moment and never stored ahead, so that no one is reminded of what has been
//! decided.

use std::time::Duration;

use approvals::notices::to_deciders;
use kit::{
    Worker,
    clock::{Clock, SHANGHAI, business_date},
    db::{Db, Tx},
    notices::Notice,
};
use proto_notices::templates::ApplicationsOverdue;
use time::{OffsetDateTime, Time, macros::time};
use workdays::Calendar;

use super::{
    deadline,
    notices::REVIEW,
    store::overdue::{self, Overdue},
};
use crate::application_routes::KIND;

/// How often it is looked whether it is time.
const PERIOD: Duration = Duration::from_secs(300);
/// Not before this, in China.
const MORNING: Time = time!(9:00);

/// The worker.
pub(crate) fn worker(db: &Db, clock: &Clock) -> Worker {
    let (db, clock) = (db.clone(), clock.clone());
    Worker::every("membership.reminders", PERIOD, move || {
        let (db, clock) = (db.clone(), clock.clone());
        async move { remind(&db, Calendar::china(), clock.now()).await }
    })
}

/// Whether it is the morning, or later, of a working day. In a year that is not announced every weekday passes for one.
fn due(calendar: &Calendar, now: OffsetDateTime) -> bool {
    let today = business_date(now);
    let working = match calendar.day(today) {
        Ok(day) => day.kind.is_working(),
        Err(_) => today.weekday().number_days_from_monday() < 5,
    };
    working && now.to_offset(SHANGHAI).time() >= MORNING
}

/// Tells those who review, if it is time and has not been done today.
pub async fn remind(db: &Db, calendar: &Calendar, now: OffsetDateTime) -> anyhow::Result<()> {
    if !due(calendar, now) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if !overdue::first_today(&mut tx, business_date(now)).await? {
        return Ok(());
    }
    let limits = deadline::limits(calendar, now);
    let organisations = overdue::organisations(&mut tx, &limits).await?;
    let mut notices: Vec<Notice> = organisations.iter().map(notice).collect();
    notices.extend(on_routes(&mut tx, &limits).await?);
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

/// Of applications on a route: those who decide the overdue step, and those whom it escalates to.
async fn on_routes(tx: &mut Tx, limits: &[(i16, OffsetDateTime)]) -> anyhow::Result<Vec<Notice>> {
    let steps = approvals::cases::overdue(tx, &KIND, limits).await?;
    let mut notices = Vec::new();
    for (organisation_id, step) in steps {
        let organisation = kit::access::organisation(tx, organisation_id).await?;
        let Some(organisation) = organisation else {
            continue;
        };
        for who in [Some(&step.who), step.escalation.as_ref()]
            .into_iter()
            .flatten()
        {
            let what = || ApplicationsOverdue {
                organisation_id,
                organisation_name: &organisation.name,
            };
            let notice = to_deciders(tx, who, organisation_id, None, what).await?;
            notices.extend(notice);
        }
    }
    Ok(notices)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn it_is_time_from_nine_on_a_working_day() {
        let due = |now| due(Calendar::china(), now);
        assert!(!due(datetime!(2026-11-30 08:59:59 +8)));
        assert!(due(datetime!(2026-11-30 09:00 +8)));
        // A Sunday, a holiday, a Saturday that is worked, and a Monday of a year that is not announced.
        assert!(!due(datetime!(2026-11-29 10:00 +8)));
        assert!(!due(datetime!(2026-10-01 10:00 +8)));
        assert!(due(datetime!(2026-10-10 10:00 +8)));
        assert!(due(datetime!(2031-03-03 10:00 +8)));
    }
}
