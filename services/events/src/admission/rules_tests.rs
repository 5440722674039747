#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use time::{Duration, macros::datetime};

use super::*;

const NOW: OffsetDateTime = datetime!(2026-05-01 02:00 UTC);

fn availability(capacity: i32, taken: i32) -> Availability {
    Availability {
        state: State::Published,
        closes_at: NOW + Duration::HOUR,
        capacity,
        taken,
        form_version: None,
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
        form_version: None,
        sent_hash: None,
        files_wait: true,
    }
}

fn earlier(registration: u128, person: u128, request_id: &str, holds_seat: bool) -> Earlier {
    Earlier {
        registration_id: id(registration),
        same_activity: true,
        person_id: id(person),
        request_id: request_id.to_owned(),
        division_code: String::new(),
        sent_hash: None,
        holds_seat,
    }
}

fn one(
    availability: Option<&Availability>,
    earlier: &[Earlier],
    request: Request,
    now: OffsetDateTime,
) -> Decision {
    decide(availability, earlier, &[request], now)[0]
}

#[test]
fn seats_are_given_in_the_order_of_arrival() {
    let requests: Vec<Request> = (0..5).map(|n| request(100 + n, n, "")).collect();
    let decisions = decide(Some(&availability(10, 7)), &[], &requests, NOW);
    let (in_, out) = decisions.split_at(3);
    assert!(in_.iter().all(|d| *d == Decision::Admit), "{decisions:?}");
    assert!(out.iter().all(|d| *d == Decision::Full), "{decisions:?}");
}

#[test]
fn registration_refusals_name_their_reason() {
    let new_request = || request(1, 1, "");
    assert_eq!(one(None, &[], new_request(), NOW), Decision::NotFound);
    let draft = Availability {
        state: State::Draft,
        ..availability(10, 0)
    };
    assert_eq!(
        one(Some(&draft), &[], new_request(), NOW),
        Decision::NotFound
    );
    let cancelled = Availability {
        state: State::Cancelled,
        ..availability(10, 0)
    };
    assert_eq!(
        one(Some(&cancelled), &[], new_request(), NOW),
        Decision::ActivityCancelled
    );
    let open = availability(10, 0);
    let closes = open.closes_at;
    assert_eq!(
        one(
            Some(&open),
            &[],
            new_request(),
            closes - Duration::MICROSECOND
        ),
        Decision::Admit
    );
    assert_eq!(
        one(Some(&open), &[], new_request(), closes),
        Decision::Closed(closes)
    );
}

#[test]
fn a_person_has_one_seat() {
    let held = [earlier(7, 1, "", true)];
    let open = availability(10, 1);
    assert_eq!(
        one(Some(&open), &held, request(8, 1, "x"), NOW),
        Decision::AlreadyRegistered(id(7))
    );
    let full = availability(1, 1);
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
    for state in [
        None,
        Some(availability(10, 10)),
        Some(Availability {
            state: State::Cancelled,
            ..availability(10, 0)
        }),
    ] {
        let decision = one(
            state.as_ref(),
            &cancelled,
            request(8, 1, "x"),
            NOW + Duration::DAY,
        );
        assert_eq!(decision, Decision::Replay(id(7)));
    }
    let twice = [request(8, 2, "a"), request(9, 2, "a")];
    let decisions = decide(Some(&availability(1, 0)), &[], &twice, NOW);
    assert_eq!(decisions, [Decision::Admit, Decision::Replay(id(8))]);
}

#[test]
fn a_person_can_register_again_after_cancelling() {
    let cancelled = [earlier(7, 1, "x", false)];
    assert_eq!(
        one(
            Some(&availability(1, 0)),
            &cancelled,
            request(8, 1, "y"),
            NOW
        ),
        Decision::Admit
    );
    assert_eq!(
        one(
            Some(&availability(1, 0)),
            &cancelled,
            request(8, 1, ""),
            NOW
        ),
        Decision::Admit
    );
}

#[test]
fn a_request_id_identifies_one_request() {
    let elsewhere = [Earlier {
        same_activity: false,
        ..earlier(7, 1, "x", true)
    }];
    let open = availability(10, 0);
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

/// What the database stores about one activity.
#[derive(Clone, Default)]
struct Stored {
    capacity: i32,
    rows: Vec<Earlier>,
}

impl Stored {
    fn taken(&self) -> i32 {
        i32::try_from(self.rows.iter().filter(|row| row.holds_seat).count()).unwrap()
    }

    fn register(&mut self, requests: &[Request]) -> Vec<Decision> {
        let availability = availability(self.capacity, self.taken());
        let decisions = decide(Some(&availability), &self.rows, requests, NOW);
        for (request, decision) in requests.iter().zip(&decisions) {
            if *decision == Decision::Admit {
                self.rows.push(Earlier {
                    registration_id: request.registration_id,
                    same_activity: true,
                    person_id: request.person_id,
                    request_id: request.request_id.clone(),
                    division_code: request.division_code.clone(),
                    sent_hash: request.sent_hash.clone(),
                    holds_seat: true,
                });
            }
        }
        decisions
    }
}

/// Plays the rounds. In each, the registrations are decided together (or, for comparison, one by one), then the rest happens.
fn play(rounds: &[Vec<Step>], together: bool) -> (Stored, Vec<Decision>) {
    let mut stored = Stored {
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
            decisions.extend(stored.register(chunk));
        }
        for step in round {
            match step {
                Step::Register { .. } => {}
                Step::Cancel { .. } if stored.rows.is_empty() => {}
                Step::Cancel { nth } => {
                    let at = nth % stored.rows.len();
                    stored.rows[at].holds_seat = false;
                }
                // The rule of the activity: never below the seats taken.
                Step::Resize { capacity } => stored.capacity = (*capacity).max(stored.taken()),
            }
        }
    }
    (stored, decisions)
}

proptest! {
    #[test]
    fn no_sequence_of_steps_oversells_or_gives_a_person_two_seats(rounds in steps()) {
        let mut stored = Stored { capacity: 4, rows: Vec::new() };
        for until in 1..=rounds.len() {
            stored = play(&rounds[..until], true).0;
            prop_assert!(stored.taken() <= stored.capacity);
        }
        let holders: Vec<Uuid> = stored.rows.iter().filter(|r| r.holds_seat).map(|r| r.person_id).collect();
        let persons: HashSet<&Uuid> = holders.iter().collect();
        prop_assert_eq!(persons.len(), holders.len());
    }

    #[test]
    fn sharing_a_transaction_changes_no_answer(rounds in steps()) {
        prop_assert_eq!(play(&rounds, true).1, play(&rounds, false).1);
    }

    #[test]
    fn free_seats_are_given_and_a_request_id_makes_one_registration(rounds in steps()) {
        let mut stored = Stored { capacity: 4, rows: Vec::new() };
        for until in 1..=rounds.len() {
            stored = play(&rounds[..until], true).0;
        }
        let mut by_request_id = HashMap::new();
        for row in stored.rows.iter().filter(|row| !row.request_id.is_empty()) {
            let earlier = by_request_id.insert((row.person_id, row.request_id.clone()), row.registration_id);
            prop_assert!(earlier.is_none());
        }
        let free = stored.capacity - stored.taken();
        let newcomers: Vec<Request> = (0..12).map(|n| request(5_000 + n, 100 + n, "")).collect();
        let admitted = stored.register(&newcomers).iter().filter(|d| **d == Decision::Admit).count();
        prop_assert_eq!(i32::try_from(admitted).unwrap(), free.min(12));
    }
}

#[test]
fn who_answers_another_version_of_the_form_gets_no_seat() {
    let asks = Availability {
        form_version: Some(2),
        ..availability(10, 0)
    };
    let answering = |form_version| Request {
        form_version,
        ..request(1, 1, "")
    };
    assert_eq!(
        one(Some(&asks), &[], answering(Some(2)), NOW),
        Decision::Admit
    );
    for other in [None, Some(1), Some(3)] {
        assert_eq!(
            one(Some(&asks), &[], answering(other), NOW),
            Decision::FormChanged
        );
    }
    assert_eq!(
        one(Some(&availability(10, 0)), &[], answering(Some(2)), NOW),
        Decision::FormChanged
    );
    // That no seat is left is said first: the answers would be in vain.
    let full = Availability {
        form_version: Some(2),
        ..availability(1, 1)
    };
    assert_eq!(one(Some(&full), &[], answering(None), NOW), Decision::Full);
}

#[test]
fn a_replay_is_one_with_the_same_answers_whatever_is_asked_by_now() {
    let sent = |hash: &[u8]| Request {
        form_version: Some(1),
        sent_hash: Some(hash.to_vec()),
        ..request(8, 1, "x")
    };
    let made = [Earlier {
        sent_hash: Some(b"answers".to_vec()),
        ..earlier(7, 1, "x", true)
    }];
    let asks = Availability {
        form_version: Some(2),
        ..availability(10, 1)
    };
    assert_eq!(
        one(Some(&asks), &made, sent(b"answers"), NOW),
        Decision::Replay(id(7))
    );
    for other in [sent(b"others"), request(8, 1, "x")] {
        assert_eq!(
            one(Some(&asks), &made, other, NOW),
            Decision::RequestIdReused
        );
    }
}
