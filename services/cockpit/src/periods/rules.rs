//! What movements do to periods, and how the changes of a batch are brought together. Pure.

use std::collections::{BTreeMap, HashMap};

use time::Date;
use uuid::Uuid;

use super::{Begin, Change, Dated, Description, State};
use crate::{
    catalogue::Metric,
    facts::{CountedEvent, rules::movements},
};

/// What an event says beyond what is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Whom it is about.
    pub person_id: Option<Uuid>,
    /// GB/T 2260 as a number; 0: none known.
    pub division: i32,
    /// Where it was until now.
    pub from_division: i32,
    /// Category of the membership; 0: none.
    pub category: i16,
    /// Kind of the activity; 0: none.
    pub activity_kind: i16,
    /// The activity of a seat.
    pub activity_id: Option<Uuid>,
}

/// The changes of an event about `subject_id`: those of its movements, and the moves within a city that move no number.
pub fn changes(subject_id: Uuid, event: &CountedEvent, detail: &Detail) -> Vec<Change> {
    let begin = |state, organisation_id| {
        Change::Begin(Begin {
            state,
            subject_id,
            person_id: detail.person_id,
            organisation_id,
            division: detail.division,
            category: detail.category,
            activity_kind: detail.activity_kind,
            first: !matches!(event, CountedEvent::MembershipMoved { .. }),
            amount: match event {
                CountedEvent::AttendanceRecorded {
                    credited_minutes, ..
                } => i32::try_from(*credited_minutes).unwrap_or(i32::MAX),
                _ => 0,
            },
            activity_id: detail.activity_id,
        })
    };
    let end = |state| Change::End { state, subject_id };
    let stays = detail.from_division == detail.division;
    match event {
        CountedEvent::PersonMoved { .. } | CountedEvent::ActivityRelocated { .. } if stays => {
            Vec::new()
        }
        CountedEvent::PersonMoved { .. } => {
            vec![
                end(State::Registered),
                begin(State::Registered, Uuid::nil()),
            ]
        }
        CountedEvent::ActivityRelocated { to, .. } => vec![
            end(State::Published),
            begin(State::Published, to.organisation_id),
            Change::Relocate {
                activity_id: subject_id,
                division: detail.division,
            },
        ],
        _ => movements(event)
            .into_iter()
            // These count what is a period or an amount of another metric.
            .filter(|m| {
                !matches!(
                    m.metric,
                    Metric::MembershipsJoined | Metric::CreditedMinutes
                )
            })
            .map(|m| match m.delta {
                1.. => begin(State::of(m.metric), m.organisation_id),
                _ => end(State::of(m.metric)),
            })
            .collect(),
    }
}

/// A period as a batch writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How it begins.
    pub begin: Begin,
    /// The day.
    pub begun: Date,
    /// The day it ended, if within the batch; of what only happens, the day it happened.
    pub ended: Option<Date>,
}

/// Changes of a batch that are written together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// Periods from before the batch that end.
    pub ended: Vec<(State, Uuid, Date)>,
    /// Periods that begin, in order.
    pub begun: Vec<Written>,
    /// Seats that move after all of that.
    pub relocated: Option<(Uuid, i32, Date)>,
}

/// The changes of a batch in as few writes as their order allows: all at once, but for seats that move with an activity, before which all
/// that came earlier must be there.
pub fn together(changes: Vec<Dated>) -> (Vec<Together>, BTreeMap<Uuid, Description>) {
    let mut writes = vec![Together::default()];
    let mut described = BTreeMap::new();
    let mut going_on: HashMap<(State, Uuid), usize> = HashMap::new();
    for Dated { day, change } in changes {
        // One is always there.
        let Some(now) = writes.last_mut() else { break };
        match change {
            Change::Begin(begin) => {
                let happens = begin.state.happens();
                if !happens {
                    going_on.insert((begin.state, begin.subject_id), now.begun.len());
                }
                now.begun.push(Written {
                    begin,
                    begun: day,
                    ended: happens.then_some(day),
                });
            }
            Change::End { state, subject_id } => match going_on.remove(&(state, subject_id)) {
                Some(at) => {
                    let period = &mut now.begun[at];
                    period.ended = Some(day.max(period.begun));
                }
                None => now.ended.push((state, subject_id, day)),
            },
            Change::Relocate {
                activity_id,
                division,
            } => {
                now.relocated = Some((activity_id, division, day));
                writes.push(Together::default());
                going_on.clear();
            }
            Change::Describe {
                person_id,
                description,
            } => {
                described.insert(person_id, description);
            }
        }
    }
    (writes, described)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use time::macros::date;

    use super::*;
    use crate::facts::{City, Place};

    const DAY: Date = date!(2026 - 03 - 31);

    fn place() -> Place {
        Place {
            city: City::of_division("440305").unwrap(),
            organisation_id: Uuid::from_u128(9),
        }
    }

    fn detail(from: i32, to: i32) -> Detail {
        Detail {
            from_division: from,
            division: to,
            ..Detail::default()
        }
    }

    #[test]
    fn a_move_within_a_city_is_a_new_period_though_no_number_moves() {
        let city = place().city;
        let event = CountedEvent::PersonMoved {
            from: city,
            to: city,
        };
        let id = Uuid::from_u128(1);
        assert_eq!(movements(&event), []);
        assert_eq!(changes(id, &event, &detail(440_305, 440_304)).len(), 2);
        assert_eq!(changes(id, &event, &detail(440_305, 440_305)), []);
    }

    #[test]
    fn a_reinstated_membership_is_no_beginning() {
        let event = CountedEvent::MembershipMoved {
            place: place(),
            was_in_force: false,
            is_in_force: true,
        };
        let found = changes(Uuid::from_u128(1), &event, &detail(0, 0));
        assert!(
            matches!(&found[..], [Change::Begin(begin)] if !begin.first && begin.state == State::Member),
            "{found:?}"
        );
    }

    #[test]
    fn what_begins_and_ends_in_a_batch_is_written_once() {
        let id = Uuid::from_u128(1);
        let dated = |change| Dated { day: DAY, change };
        let event = CountedEvent::MembershipActivated(place());
        let begin = changes(id, &event, &detail(0, 0)).remove(0);
        let end = Change::End {
            state: State::Member,
            subject_id: id,
        };
        let (writes, _) = together(vec![
            dated(end.clone()),
            dated(begin.clone()),
            dated(end),
            dated(begin),
        ]);
        let [write] = &writes[..] else {
            panic!("{writes:?}")
        };
        assert_eq!(write.ended, [(State::Member, id, DAY)]);
        let ends: Vec<_> = write.begun.iter().map(|written| written.ended).collect();
        assert_eq!(ends, [Some(DAY), None]);
    }

    #[test]
    fn seats_move_after_what_came_before() {
        let relocate = Change::Relocate {
            activity_id: Uuid::from_u128(3),
            division: 110_105,
        };
        let seat = changes(
            Uuid::from_u128(1),
            &CountedEvent::SeatTaken(place()),
            &detail(0, 0),
        );
        let dated = |change| Dated { day: DAY, change };
        let (writes, _) = together(vec![
            dated(seat[0].clone()),
            dated(relocate),
            dated(Change::End {
                state: State::Seat,
                subject_id: Uuid::from_u128(1),
            }),
        ]);
        assert_eq!(writes.len(), 2);
        assert!(writes[0].relocated.is_some() && writes[0].begun[0].ended.is_none());
        assert_eq!(writes[1].ended.len(), 1, "the moved period is ended");
    }
}
