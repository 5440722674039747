#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

fn door(capacity: i32, taken: i32) -> Door {
    Door {
        state: State::Published,
        closes_at: NOW + Duration::HOUR,
        capacity,
        taken,
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn request(registration: u128, person: u128, request_id: &str) -> Request {
    Request {
        registration_id: id(registration),
        person_id: id(person),
        request_id: request_id.to_owned(),
        division_code: String::new(),
    }
}

fn earlier(registration: u128, person: u128, request_id: &str, holds_seat: bool) -> Earlier {
    Earlier {
        registration_id: id(registration),
        here: true,
        person_id: id(person),
        request_id: request_id.to_owned(),
        division_code: String::new(),
        holds_seat,
    }
}

fn one(
    door: Option<&Door>,
    earlier: &[Earlier],
    request: Request,
    now: OffsetDateTime,
) -> Decision {
    decide(door, earlier, &[request], now)[0]
}

#[test]
fn the_first_come_get_the_seats() {
    let requests: Vec<Request> = (0..5).map(|n| request(100 + n, n, "")).collect();
    let decisions = decide(Some(&door(10, 7)), &[], &requests, NOW);
    let (in_, out) = decisions.split_at(3);
    assert!(in_.iter().all(|d| *d == Decision::Admit), "{decisions:?}");
    assert!(out.iter().all(|d| *d == Decision::Full), "{decisions:?}");
}

#[test]
fn the_door_says_why_it_is_shut() {
    let ask = || request(1, 1, "");
    assert_eq!(one(None, &[], ask(), NOW), Decision::NotFound);
    let draft = Door {
        state: State::Draft,
        ..door(10, 0)
    };
    assert_eq!(one(Some(&draft), &[], ask(), NOW), Decision::NotFound);
    let cancelled = Door {
        state: State::Cancelled,
        ..door(10, 0)
    };
    assert_eq!(
        one(Some(&cancelled), &[], ask(), NOW),
        Decision::ActivityCancelled
    );
    let open = door(10, 0);
    let closes = open.closes_at;
    assert_eq!(
        one(Some(&open), &[], ask(), closes - Duration::MICROSECOND),
        Decision::Admit
    );
    assert_eq!(
        one(Some(&open), &[], ask(), closes),
        Decision::Closed(closes)
    );
}

#[test]
fn a_person_has_one_seat() {
    let held = [earlier(7, 1, "", true)];
    let open = door(10, 1);
    assert_eq!(
        one(Some(&open), &held, request(8, 1, "x"), NOW),
        Decision::AlreadyRegistered(id(7))
    );
    let full = door(1, 1);
    assert_eq!(
        one(Some(&full), &held, request(8, 1, "x"), NOW),
        Decision::AlreadyRegistered(id(7))
    );
    let twice = [request(8, 2, "a"), request(9, 2, "b"), request(10, 2, "")];
    let decisions = decide(Some(&open), &[], &twice, NOW);
    let again = Decision::AlreadyRegistered(id(8));
    assert_eq!(decisions, [Decision::Admit, again, again]);
}

#[test]
fn a_request_sent_again_gives_the_same_registration_whatever_happened_since() {
    let cancelled = [earlier(7, 1, "x", false)];
    for door in [
        None,
        Some(door(10, 10)),
        Some(Door {
            state: State::Cancelled,
            ..door(10, 0)
        }),
    ] {
        let decision = one(
            door.as_ref(),
            &cancelled,
            request(8, 1, "x"),
            NOW + Duration::DAY,
        );
        assert_eq!(decision, Decision::Replay(id(7)));
    }
    let twice = [request(8, 2, "a"), request(9, 2, "a")];
    let decisions = decide(Some(&door(1, 0)), &[], &twice, NOW);
    assert_eq!(decisions, [Decision::Admit, Decision::Replay(id(8))]);
}

#[test]
fn a_cancelled_registration_is_no_obstacle_to_a_new_one() {
    let cancelled = [earlier(7, 1, "x", false)];
    assert_eq!(
        one(Some(&door(1, 0)), &cancelled, request(8, 1, "y"), NOW),
        Decision::Admit
    );
    assert_eq!(
        one(Some(&door(1, 0)), &cancelled, request(8, 1, ""), NOW),
        Decision::Admit
    );
}

#[test]
fn one_name_names_one_request() {
    let elsewhere = [Earlier {
        here: false,
        ..earlier(7, 1, "x", true)
    }];
    let open = door(10, 0);
    assert_eq!(
        one(Some(&open), &elsewhere, request(8, 1, "x"), NOW),
        Decision::RequestIdReused
    );
    assert_eq!(
        one(Some(&open), &elsewhere, request(8, 1, "y"), NOW),
        Decision::Admit
    );
    let other_person = request(8, 2, "x");
    assert_eq!(
        one(Some(&open), &elsewhere, other_person, NOW),
        Decision::Admit
    );
    let from_here = [earlier(7, 1, "x", true)];
    let other_content = Request {
        division_code: "110000".to_owned(),
        ..request(8, 1, "x")
    };
    assert_eq!(
        one(Some(&open), &from_here, other_content, NOW),
        Decision::RequestIdReused
    );
    let both = [elsewhere[0].clone(), earlier(9, 1, "x", false)];
    assert_eq!(
        one(Some(&open), &both, request(8, 1, "x"), NOW),
        Decision::Replay(id(9))
    );
}

#[derive(Clone, Debug)]
enum Step {
    Register {
        person: u128,
        request_id: u8,
        again: bool,
    },
    Cancel {
        nth: usize,
    },
    Resize {
        capacity: i32,
    },
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        6 => (0..12u128, 0..4u8, any::<bool>())
            .prop_map(|(person, request_id, again)| Step::Register { person, request_id, again }),
        2 => any::<usize>().prop_map(|nth| Step::Cancel { nth }),
        1 => (1..10i32).prop_map(|capacity| Step::Resize { capacity }),
    ];
    prop::collection::vec(prop::collection::vec(step, 1..8), 1..12)
}

/// What the database keeps of one activity.
#[derive(Clone, Default)]
struct Kept {
    capacity: i32,
    rows: Vec<Earlier>,
}

impl Kept {
    fn taken(&self) -> i32 {
        i32::try_from(self.rows.iter().filter(|row| row.holds_seat).count()).unwrap()
    }

    fn register(&mut self, requests: &[Request]) -> Vec<Decision> {
        let door = door(self.capacity, self.taken());
        let decisions = decide(Some(&door), &self.rows, requests, NOW);
        for (request, decision) in requests.iter().zip(&decisions) {
            if *decision == Decision::Admit {
                self.rows.push(Earlier {
                    registration_id: request.registration_id,
                    here: true,
                    person_id: request.person_id,
                    request_id: request.request_id.clone(),
                    division_code: request.division_code.clone(),
                    holds_seat: true,
                });
            }
        }
        decisions
    }
}

/// Plays the rounds. In each, the registrations are decided together (or, for comparison, one by one), then the rest happens.
fn play(rounds: &[Vec<Step>], together: bool) -> (Kept, Vec<Decision>) {
    let mut kept = Kept {
        capacity: 4,
        rows: Vec::new(),
    };
    let (mut decisions, mut next) = (Vec::new(), 1_000);
    for round in rounds {
        let mut requests = Vec::new();
        for step in round {
            if let Step::Register {
                person,
                request_id,
                again,
            } = step
            {
                next += 1;
                let name = if *again {
                    format!("r{request_id}")
                } else {
                    String::new()
                };
                requests.push(request(next, *person, &name));
            }
        }
        let chunk = if together { requests.len().max(1) } else { 1 };
        for chunk in requests.chunks(chunk) {
            decisions.extend(kept.register(chunk));
        }
        for step in round {
            match step {
                Step::Register { .. } => {}
                Step::Cancel { .. } if kept.rows.is_empty() => {}
                Step::Cancel { nth } => {
                    let at = nth % kept.rows.len();
                    kept.rows[at].holds_seat = false;
                }
                // The rule of the activity: never below the seats taken.
                Step::Resize { capacity } => kept.capacity = (*capacity).max(kept.taken()),
            }
        }
    }
    (kept, decisions)
}

proptest! {
    #[test]
    fn no_sequence_of_steps_gives_more_seats_than_there_are_or_two_to_a_person(rounds in steps()) {
        let mut kept = Kept { capacity: 4, rows: Vec::new() };
        for until in 1..=rounds.len() {
            kept = play(&rounds[..until], true).0;
            prop_assert!(kept.taken() <= kept.capacity);
        }
        let holders: Vec<Uuid> = kept.rows.iter().filter(|r| r.holds_seat).map(|r| r.person_id).collect();
        let persons: HashSet<&Uuid> = holders.iter().collect();
        prop_assert_eq!(persons.len(), holders.len());
    }

    #[test]
    fn sharing_a_transaction_changes_no_answer(rounds in steps()) {
        prop_assert_eq!(play(&rounds, true).1, play(&rounds, false).1);
    }

    #[test]
    fn nobody_is_refused_while_a_seat_is_free_and_no_name_makes_two_registrations(rounds in steps()) {
        let mut kept = Kept { capacity: 4, rows: Vec::new() };
        for until in 1..=rounds.len() {
            kept = play(&rounds[..until], true).0;
        }
        let mut by_name = HashMap::new();
        for row in kept.rows.iter().filter(|row| !row.request_id.is_empty()) {
            let earlier = by_name.insert((row.person_id, row.request_id.clone()), row.registration_id);
            prop_assert!(earlier.is_none());
        }
        let free = kept.capacity - kept.taken();
        let newcomers: Vec<Request> = (0..12).map(|n| request(5_000 + n, 100 + n, "")).collect();
        let admitted = kept.register(&newcomers).iter().filter(|d| **d == Decision::Admit).count();
        prop_assert_eq!(i32::try_from(admitted).unwrap(), free.min(12));
    }
}
