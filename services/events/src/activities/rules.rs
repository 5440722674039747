//! Which changes of an activity are allowed.

use time::{Duration, OffsetDateTime};

use super::{Activity, ActivityError, Content, Recorded, State};
use crate::schedule::{self, Schedule};

/// Maximum length: a leap year.
pub const MAX_LENGTH: Duration = Duration::days(366);

/// Maximum time until the start; a later date is taken for a typing error.
pub const MAX_LEAD_TIME: Duration = Duration::days(5 * 366);

/// A requested change. `None` keeps a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// See [`Content::title`].
    pub title: Option<String>,
    /// See [`Content::description`].
    pub description: Option<String>,
    /// See [`Schedule::starts_at`].
    pub starts_at: Option<OffsetDateTime>,
    /// See [`Schedule::ends_at`].
    pub ends_at: Option<OffsetDateTime>,
    /// See [`Schedule::registration_closes_at`].
    pub registration_closes_at: Option<OffsetDateTime>,
    /// Clears the deadline: registration closes with the start.
    pub clear_registration_closes_at: bool,
    /// See [`Content::division_code`].
    pub division_code: Option<String>,
    /// See [`Content::place`].
    pub place: Option<String>,
    /// See [`Content::capacity`].
    pub capacity: Option<i32>,
    /// See [`Content::credit_minutes`].
    pub credit_minutes: Option<i32>,
}

/// Checks that the times are consistent, in any state.
pub fn check_schedule(schedule: &Schedule, now: OffsetDateTime) -> Result<(), ActivityError> {
    if schedule.ends_at <= schedule.starts_at {
        return Err(ActivityError::EndsBeforeStart);
    }
    if schedule.ends_at - schedule.starts_at > MAX_LENGTH {
        return Err(ActivityError::TooLong);
    }
    if schedule.starts_at > now.saturating_add(MAX_LEAD_TIME) {
        return Err(ActivityError::TooFar);
    }
    match schedule.registration_closes_at {
        Some(closes) if closes > schedule.ends_at => Err(ActivityError::RegistrationAfterEnd),
        _ => Ok(()),
    }
}

/// Checks that the times are consistent and the credit does not exceed the length.
pub fn check_content(content: &Content, now: OffsetDateTime) -> Result<(), ActivityError> {
    check_schedule(&content.schedule, now)?;
    let credit = content.credit_minutes;
    if schedule::rules::credit(credit, &content.schedule) < credit {
        let length = schedule::rules::length_minutes(&content.schedule);
        return Err(ActivityError::CreditExceedsLength { credit, length });
    }
    Ok(())
}

/// Draft → published.
pub fn publish(activity: &Activity, now: OffsetDateTime) -> Result<(), ActivityError> {
    move_to(activity.state, State::Published)?;
    check_content(&activity.content, now)?;
    if activity.content.schedule.starts_at < now {
        return Err(ActivityError::StartsInPast);
    }
    Ok(())
}

/// Published → cancelled, until the end. Registrations keep their state.
pub fn cancel(activity: &Activity, now: OffsetDateTime) -> Result<(), ActivityError> {
    move_to(activity.state, State::Cancelled)?;
    check_unfinished(activity, now)
}

/// Whether what the activity asks its registrants may be changed: until its end.
pub fn change_form(activity: &Activity, now: OffsetDateTime) -> Result<(), ActivityError> {
    match activity.state {
        State::Draft => Ok(()),
        State::Published => check_unfinished(activity, now),
        State::Cancelled => Err(ActivityError::Cancelled),
    }
}

/// The content after the change. The activity is locked, and `recorded` was read under the lock.
///
/// A draft may be changed freely. A published activity keeps its credit, its times are not moved into the past, and recorded registrations
/// and check-ins must fit the new times; closing registration at once is allowed.
pub fn change(
    activity: &Activity,
    recorded: &Recorded,
    change: Change,
    now: OffsetDateTime,
) -> Result<Content, ActivityError> {
    let published = match activity.state {
        State::Draft => false,
        State::Published => true,
        State::Cancelled => return Err(ActivityError::Cancelled),
    };
    if published {
        check_unfinished(activity, now)?;
    }
    let before = &activity.content;
    let Schedule {
        starts_at,
        ends_at,
        registration_closes_at,
    } = before.schedule;
    if change.clear_registration_closes_at && change.registration_closes_at.is_some() {
        return Err(ActivityError::DeadlineSetAndCleared);
    }
    let schedule = Schedule {
        starts_at: change.starts_at.unwrap_or(starts_at),
        ends_at: change.ends_at.unwrap_or(ends_at),
        registration_closes_at: change
            .registration_closes_at
            .or(registration_closes_at)
            .filter(|_| !change.clear_registration_closes_at),
    };
    check_schedule(&schedule, now)?;
    let content = Content {
        title: change.title.unwrap_or_else(|| before.title.clone()),
        description: change
            .description
            .unwrap_or_else(|| before.description.clone()),
        kind: before.kind,
        schedule,
        division_code: change
            .division_code
            .unwrap_or_else(|| before.division_code.clone()),
        place: change.place.unwrap_or_else(|| before.place.clone()),
        capacity: change.capacity.unwrap_or(before.capacity),
        credit_minutes: change.credit_minutes.unwrap_or(before.credit_minutes),
    };
    if published {
        if schedule.starts_at != starts_at && schedule.starts_at < now {
            return Err(ActivityError::StartsInPast);
        }
        if schedule.ends_at != ends_at && schedule.ends_at < now {
            return Err(ActivityError::EndsInPast);
        }
        if content.credit_minutes != before.credit_minutes {
            return Err(ActivityError::CreditFixed);
        }
        fits_recorded(before, &content, recorded)?;
    }
    // An activity that is older than this rule keeps its credit as long as its times stay.
    if schedule != before.schedule || content.credit_minutes != before.credit_minutes {
        check_content(&content, now)?;
    }
    if content.capacity < activity.seats_taken {
        return Err(ActivityError::CapacityBelowTaken {
            taken: activity.seats_taken,
        });
    }
    Ok(content)
}

/// Checks that no registration lies after the deadline, and that all check-ins lie within the check-in window and the division.
fn fits_recorded(
    before: &Content,
    after: &Content,
    recorded: &Recorded,
) -> Result<(), ActivityError> {
    let (old, new) = (&before.schedule, &after.schedule);
    if let Some(last) = recorded.last_registered_at
        && new.closes_at() != old.closes_at()
        && new.closes_at() < last
    {
        return Err(ActivityError::DeadlineBeforeRegistrations(last));
    }
    if let Some((first, last)) = recorded.checked_in {
        let (opens, closes) = schedule::rules::check_in_window(new);
        let moved = (new.starts_at, new.ends_at) != (old.starts_at, old.ends_at);
        if (moved && (first < opens || last >= closes))
            || after.division_code != before.division_code
        {
            return Err(ActivityError::CheckInsRecorded(first));
        }
    }
    Ok(())
}

/// Registrants of what begins so soon may be on their way: they are told at night as well.
const SOON: Duration = Duration::hours(24);

/// Whether registrants have to know of a change: when or where they have to be is another.
pub fn concerns_registrants(before: &Content, after: &Content) -> bool {
    let when = |content: &Content| (content.schedule.starts_at, content.schedule.ends_at);
    when(before) != when(after)
        || before.place != after.place
        || before.division_code != after.division_code
}

/// Whether it begins soon, as it was or as it is now.
pub fn soon(before: &Content, after: &Content, now: OffsetDateTime) -> bool {
    let starts_at = before.schedule.starts_at.min(after.schedule.starts_at);
    starts_at - now < SOON
}

fn move_to(from: State, to: State) -> Result<(), ActivityError> {
    match (from, to) {
        (State::Draft, State::Published) | (State::Published, State::Cancelled) => Ok(()),
        _ => Err(ActivityError::IllegalMove { from, to }),
    }
}

fn check_unfinished(activity: &Activity, now: OffsetDateTime) -> Result<(), ActivityError> {
    let ended_at = activity.content.schedule.ends_at;
    if ended_at <= now {
        return Err(ActivityError::Finished(ended_at));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::activities::Kind;

    const NOW: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

    const NOTHING: Recorded = Recorded {
        last_registered_at: None,
        checked_in: None,
    };

    fn schedule(start: i64, hours: i64) -> Schedule {
        let starts_at = NOW + Duration::hours(start);
        Schedule {
            starts_at,
            ends_at: starts_at + Duration::hours(hours),
            registration_closes_at: None,
        }
    }

    fn activity(state: State, schedule: Schedule) -> Activity {
        Activity {
            activity_id: Uuid::nil(),
            organisation_id: Uuid::nil(),
            organisation_name: String::new(),
            content: Content {
                title: "人工智能前沿报告会".to_owned(),
                description: String::new(),
                kind: Kind::Lecture,
                schedule,
                division_code: "110000".to_owned(),
                place: "一号报告厅".to_owned(),
                capacity: 10,
                credit_minutes: 90,
            },
            state,
            seats_taken: 4,
            cancel_reason: String::new(),
            form_version: None,
            cover: None,
            version: 1,
        }
    }

    #[test]
    fn states_only_move_forward_and_a_refusal_names_both() {
        use State::{Cancelled, Draft, Published};
        for from in [Draft, Published, Cancelled] {
            let activity = activity(from, schedule(24, 2));
            let published = publish(&activity, NOW);
            let cancelled = cancel(&activity, NOW);
            match from {
                Draft => {
                    published.unwrap();
                    assert_eq!(
                        cancelled.unwrap_err().to_string(),
                        "an activity cannot go from DRAFT to CANCELLED"
                    );
                }
                Published => {
                    cancelled.unwrap();
                    assert_eq!(
                        published,
                        Err(ActivityError::IllegalMove {
                            from,
                            to: Published
                        })
                    );
                }
                Cancelled => {
                    assert_eq!(
                        published,
                        Err(ActivityError::IllegalMove {
                            from,
                            to: Published
                        })
                    );
                    assert_eq!(
                        cancelled,
                        Err(ActivityError::IllegalMove {
                            from,
                            to: Cancelled
                        })
                    );
                }
            }
        }
    }

    #[test]
    fn an_activity_that_has_started_cannot_be_published() {
        let draft = |start| activity(State::Draft, schedule(start, 48));
        publish(&draft(0), NOW).unwrap();
        assert_eq!(publish(&draft(-1), NOW), Err(ActivityError::StartsInPast));
    }

    #[test]
    fn a_finished_activity_cannot_be_changed() {
        let over = activity(State::Published, schedule(-3, 3));
        assert_eq!(cancel(&over, NOW), Err(ActivityError::Finished(NOW)));
        assert_eq!(
            change(&over, &NOTHING, Change::default(), NOW),
            Err(ActivityError::Finished(NOW))
        );
        let running = activity(State::Published, schedule(-3, 4));
        cancel(&running, NOW).unwrap();
        change(&running, &NOTHING, Change::default(), NOW).unwrap();
        let old_draft = activity(State::Draft, schedule(-3, 1));
        let later = Change {
            starts_at: Some(NOW + Duration::DAY),
            ends_at: Some(NOW + Duration::DAY * 2),
            ..Change::default()
        };
        change(&old_draft, &NOTHING, later, NOW).unwrap();
        let cancelled = activity(State::Cancelled, schedule(24, 3));
        assert_eq!(
            change(&cancelled, &NOTHING, Change::default(), NOW),
            Err(ActivityError::Cancelled)
        );
    }

    #[test]
    fn inconsistent_times_are_refused() {
        let refused = |schedule| check_schedule(&schedule, NOW).unwrap_err();
        assert_eq!(refused(schedule(1, 0)), ActivityError::EndsBeforeStart);
        assert_eq!(refused(schedule(1, -1)), ActivityError::EndsBeforeStart);
        check_schedule(&schedule(1, 366 * 24), NOW).unwrap();
        assert_eq!(refused(schedule(1, 366 * 24 + 1)), ActivityError::TooLong);
        assert_eq!(
            refused(schedule(24 * 366 * 5 + 1, 1)),
            ActivityError::TooFar
        );
        let closes = |after_end: i64| Schedule {
            registration_closes_at: Some(NOW + Duration::hours(3 + after_end)),
            ..schedule(1, 2)
        };
        check_schedule(&closes(0), NOW).unwrap();
        assert_eq!(refused(closes(1)), ActivityError::RegistrationAfterEnd);
    }

    #[test]
    fn the_limits_of_the_calendar_do_not_overflow() {
        let first = datetime!(0001-01-01 00:00 UTC);
        let last = datetime!(9999-12-31 23:59:59 UTC);
        let all_time = Schedule {
            starts_at: first,
            ends_at: last,
            registration_closes_at: Some(last),
        };
        for now in [first, NOW, last] {
            assert_eq!(check_schedule(&all_time, now), Err(ActivityError::TooLong));
        }
    }

    #[test]
    fn a_published_activity_keeps_its_credit_and_is_not_moved_into_the_past() {
        let published = activity(State::Published, schedule(24, 2));
        let refused = |wanted| change(&published, &NOTHING, wanted, NOW).unwrap_err();
        let credit = Change {
            credit_minutes: Some(91),
            ..Change::default()
        };
        assert_eq!(refused(credit.clone()), ActivityError::CreditFixed);
        let draft = activity(State::Draft, schedule(24, 2));
        assert_eq!(
            change(&draft, &NOTHING, credit, NOW)
                .unwrap()
                .credit_minutes,
            91
        );
        let yesterday = Change {
            starts_at: Some(NOW - Duration::DAY),
            ..Change::default()
        };
        assert_eq!(refused(yesterday), ActivityError::StartsInPast);
        let running = activity(State::Published, schedule(-24, 48));
        let ended = Change {
            ends_at: Some(NOW - Duration::HOUR),
            ..Change::default()
        };
        assert_eq!(
            change(&running, &NOTHING, ended, NOW),
            Err(ActivityError::EndsInPast)
        );
        let closed = Change {
            registration_closes_at: Some(NOW - Duration::MINUTE),
            ..Change::default()
        };
        assert_eq!(
            change(&published, &NOTHING, closed, NOW)
                .unwrap()
                .schedule
                .closes_at(),
            NOW - Duration::MINUTE
        );
    }

    #[test]
    fn the_credit_does_not_exceed_the_length() {
        let worth = |credit_minutes| {
            let mut draft = activity(State::Draft, schedule(24, 2));
            draft.content.credit_minutes = credit_minutes;
            draft
        };
        let refused = Err(ActivityError::CreditExceedsLength {
            credit: 121,
            length: 120,
        });
        assert_eq!(check_content(&worth(120).content, NOW), Ok(()));
        assert_eq!(check_content(&worth(121).content, NOW), refused);
        assert_eq!(publish(&worth(121), NOW), refused);
        let shorter = Change {
            ends_at: Some(NOW + Duration::hours(25)),
            ..Change::default()
        };
        let published = activity(State::Published, schedule(24, 2));
        assert_eq!(
            change(&published, &NOTHING, shorter, NOW),
            Err(ActivityError::CreditExceedsLength {
                credit: 90,
                length: 60
            })
        );
        // An activity that is older than the rule can still get another title.
        let old = Activity {
            state: State::Published,
            ..worth(60_000)
        };
        let title = Change {
            title: Some("改名".to_owned()),
            ..Change::default()
        };
        change(&old, &NOTHING, title, NOW).unwrap();
    }

    #[test]
    fn times_and_division_are_fixed_by_check_ins() {
        let running = activity(State::Published, schedule(1, 3));
        let checked_in = Recorded {
            checked_in: Some((NOW, NOW)),
            ..NOTHING
        };
        let start = |hours| Change {
            starts_at: Some(NOW + Duration::hours(hours)),
            ends_at: Some(NOW + Duration::hours(hours + 3)),
            ..Change::default()
        };
        let far = start(40 * 24);
        change(&running, &NOTHING, far.clone(), NOW).unwrap();
        assert_eq!(
            change(&running, &checked_in, far, NOW),
            Err(ActivityError::CheckInsRecorded(NOW))
        );
        // A later start is allowed if check-in was open for it, too.
        change(&running, &checked_in, start(2), NOW).unwrap();
        let elsewhere = Change {
            division_code: Some("440100".to_owned()),
            ..Change::default()
        };
        let moved = change(&running, &NOTHING, elsewhere.clone(), NOW).unwrap();
        assert_eq!(moved.division_code, "440100");
        assert_eq!(
            change(&running, &checked_in, elsewhere, NOW),
            Err(ActivityError::CheckInsRecorded(NOW))
        );
    }

    #[test]
    fn the_deadline_is_set_and_cleared_and_not_moved_before_registrations() {
        let mut published = activity(State::Published, schedule(24, 2));
        let before = published.content.schedule.starts_at;
        published.content.schedule.registration_closes_at = Some(NOW + Duration::HOUR);
        let cleared = Change {
            clear_registration_closes_at: true,
            ..Change::default()
        };
        let open = change(&published, &NOTHING, cleared.clone(), NOW).unwrap();
        assert_eq!(open.schedule.registration_closes_at, None);
        assert_eq!(open.schedule.closes_at(), before);
        let both = Change {
            registration_closes_at: Some(NOW),
            ..cleared
        };
        assert_eq!(
            change(&published, &NOTHING, both, NOW),
            Err(ActivityError::DeadlineSetAndCleared)
        );
        let registered = Recorded {
            last_registered_at: Some(NOW - Duration::MINUTE),
            ..NOTHING
        };
        let closes = |at| Change {
            registration_closes_at: Some(at),
            ..Change::default()
        };
        change(&published, &registered, closes(NOW), NOW).unwrap();
        assert_eq!(
            change(&published, &registered, closes(NOW - Duration::HOUR), NOW),
            Err(ActivityError::DeadlineBeforeRegistrations(
                NOW - Duration::MINUTE
            ))
        );
    }

    proptest! {
        #[test]
        fn every_allowed_change_fits_the_recorded_registrations_and_check_ins(
            start in -20..20i64, hours in 2..60i64, registered in 0..100i64, first in 0..30i64, more in 0..30i64,
            starts in proptest::option::of(-900..900i64), ends in proptest::option::of(-900..900i64),
            closes in proptest::option::of(-900..900i64), clear: bool,
        ) {
            let activity = activity(State::Published, schedule(start, hours));
            let ago = |minutes| NOW - Duration::minutes(minutes);
            let recorded = Recorded {
                last_registered_at: Some(ago(registered)),
                checked_in: Some((ago(first + more), ago(first))),
            };
            let (opens, closes_before) = schedule::rules::check_in_window(&activity.content.schedule);
            prop_assume!(ago(registered) < activity.content.schedule.closes_at());
            prop_assume!(ago(first + more) >= opens && ago(first) < closes_before);
            let at = |hours| NOW + Duration::hours(hours);
            let wanted = Change {
                starts_at: starts.map(at),
                ends_at: ends.map(at),
                registration_closes_at: closes.map(at),
                clear_registration_closes_at: clear,
                ..Change::default()
            };
            if let Ok(content) = change(&activity, &recorded, wanted, NOW) {
                let (opens, closes) = schedule::rules::check_in_window(&content.schedule);
                prop_assert!(ago(first + more) >= opens && ago(first) < closes);
                prop_assert!(ago(registered) <= content.schedule.closes_at());
                prop_assert!(schedule::rules::credit(90, &content.schedule) == 90);
            }
        }

        #[test]
        fn the_capacity_never_falls_below_the_seats_taken(
            taken in 0..50i32, before in 0..50i32, wanted in 1..100i32, draft: bool,
        ) {
            let state = if draft { State::Draft } else { State::Published };
            let mut activity = activity(state, schedule(24, 2));
            activity.content.capacity = taken + before;
            activity.seats_taken = taken;
            let change = change(&activity, &NOTHING, Change { capacity: Some(wanted), ..Change::default() }, NOW);
            match change {
                Ok(content) => prop_assert!(content.capacity == wanted && wanted >= taken),
                Err(error) => {
                    prop_assert!(wanted < taken);
                    prop_assert_eq!(error, ActivityError::CapacityBelowTaken { taken });
                }
            }
        }

        #[test]
        fn every_allowed_change_keeps_the_times_consistent(
            start in -100..100i64, hours in 1..100i64,
            starts in proptest::option::of(-200..200i64),
            ends in proptest::option::of(-200..200i64),
            closes in proptest::option::of(-200..200i64),
        ) {
            let activity = activity(State::Published, schedule(start, hours));
            let at = |hours| NOW + Duration::hours(hours);
            let wanted = Change {
                starts_at: starts.map(at),
                ends_at: ends.map(at),
                registration_closes_at: closes.map(at),
                ..Change::default()
            };
            if let Ok(content) = change(&activity, &NOTHING, wanted, NOW) {
                check_schedule(&content.schedule, NOW).unwrap();
                prop_assert!(content.schedule.ends_at >= NOW);
                prop_assert!(content.schedule.starts_at >= NOW
                    || content.schedule.starts_at == activity.content.schedule.starts_at);
            }
        }
    }

    #[test]
    fn registrants_are_told_of_time_and_place_and_of_nothing_else() {
        let before = activity(State::Published, schedule(100, 2)).content;
        let place = Content {
            place: "第二会议室".to_owned(),
            ..before.clone()
        };
        let division = Content {
            division_code: "310101".to_owned(),
            ..before.clone()
        };
        let later = Content {
            schedule: schedule(101, 2),
            ..before.clone()
        };
        let longer = Content {
            schedule: schedule(100, 3),
            ..before.clone()
        };
        for after in [place, division, later, longer] {
            assert!(concerns_registrants(&before, &after));
        }
        let mut words = before.clone();
        words.title = "学术年会（修订）".to_owned();
        words.description = "议程".to_owned();
        words.capacity = 200;
        words.schedule.registration_closes_at = Some(NOW);
        assert!(!concerns_registrants(&before, &words));
    }

    proptest! {
        #[test]
        fn it_begins_soon_if_it_does_within_a_day_before_or_after_the_change(from in -10i64..200, to in -10i64..200) {
            let at = |start| activity(State::Published, schedule(start, 2)).content;
            prop_assert_eq!(soon(&at(from), &at(to), NOW), from.min(to) < 24);
        }
    }
}
