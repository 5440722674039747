//! When people are reminded of what is overdue, and what is.

use kit::{
    clock::{SHANGHAI, business_date},
    notices::Notice,
};
use proto_notices::Filled;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime, Time, macros::time};
use uuid::Uuid;
use workdays::Calendar;

use crate::{
    cases,
    notices::to_deciders,
    people::{Everyone, Kind},
    route::Who,
};

/// Not before this, in China.
const MORNING: Time = time!(9:00);
/// The working days that a step can have.
const DAYS: std::ops::RangeInclusive<i16> = 1..=60;

/// Whether it is the morning, or later, of a working day. In a year that is not announced every weekday passes for one.
pub fn due(calendar: &Calendar, now: OffsetDateTime) -> bool {
    let today = business_date(now);
    let working = match calendar.day(today) {
        Ok(day) => day.kind.is_working(),
        Err(_) => today.weekday().number_days_from_monday() < 5,
    };
    working && now.to_offset(SHANGHAI).time() >= MORNING
}

/// What began before this moment and has `working_days` is overdue; `None` if the calendar does not say.
pub fn overdue_before(
    calendar: &Calendar,
    now: OffsetDateTime,
    working_days: i16,
) -> Option<OffsetDateTime> {
    let working_days = u16::try_from(working_days).ok()?;
    let last = calendar
        .overdue_from(business_date(now), working_days)
        .ok()?;
    let next = last.midnight().assume_offset(SHANGHAI) + Duration::DAY;
    Some(next)
}

/// For each number of working days that a step can have, the moment that [`overdue_before`] gives.
pub fn limits(calendar: &Calendar, now: OffsetDateTime) -> Vec<(i16, OffsetDateTime)> {
    DAYS.filter_map(|days| Some((days, overdue_before(calendar, now, days)?)))
        .collect()
}

/// Notices of the overdue steps of a kind, one for each organisation that has some: to those who decide them, and to those whom they
/// escalate to. `what` makes it, of the organisation's id and name.
pub async fn overdue<F: Into<Filled>>(
    conn: &mut PgConnection,
    kind: &Kind,
    limits: &[(i16, OffsetDateTime)],
    now: OffsetDateTime,
    what: impl Fn(Uuid, &str) -> F,
) -> Result<Vec<Notice>, kit::errors::Problem> {
    let steps = cases::overdue(conn, kind, limits).await?;
    let mut notices = Vec::new();
    // In the order of organisations.
    for steps in steps.chunk_by(|one, other| one.0 == other.0) {
        let Some((organisation_id, _)) = steps.first() else {
            continue;
        };
        let Some(organisation) = kit::access::organisation(conn, *organisation_id).await? else {
            continue;
        };
        let today = business_date(now);
        let everyone = Everyone::read(conn, kind, *organisation_id, today).await?;
        let who = steps.iter().flat_map(|(_, step)| {
            let who: [Option<&Who>; 2] = [Some(&step.who), step.escalation.as_ref()];
            who.into_iter().flatten()
        });
        notices.extend(to_deciders(&everyone, who, || {
            what(*organisation_id, &organisation.name)
        }));
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
