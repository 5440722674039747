#![allow(clippy::unwrap_used)]
use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::route::{Place, Title, Who};

/// 0 and 1 handed in; 2 to 7 sit at desks.
fn person(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![
        Just(Who::Permission {
            permission: "applications.review".to_owned(),
            on: Place::Own
        }),
        prop::collection::hash_set(0u8..8, 1..5).prop_map(|named| {
            let mut people: Vec<Uuid> = named.into_iter().map(person).collect();
            people.sort();
            Who::People { people }
        }),
    ];
    (
        who,
        0u8..3,
        1u8..4,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(who, quorum, count, four_eyes, may_return, may_reject)| {
            let named = who.named().map(|named| named.len() as u8);
            let quorum = match (quorum, named) {
                (0, _) | (1, None) => Quorum::One,
                (1, Some(_)) => Quorum::All,
                (_, named) => Quorum::AtLeast(count.min(named.unwrap_or(count))),
            };
            Step {
                title: Title {
                    zh: "审核".to_owned(),
                    en: String::new(),
                },
                who,
                quorum,
                four_eyes,
                days: 5,
                may_return,
                may_reject: may_reject || !may_return,
                escalation: None,
            }
        })
}

fn route() -> impl Strategy<Value = Route> {
    prop::collection::vec(step(), 1..5).prop_map(|steps| Route { steps })
}

/// One attempt: who does what, in whose place, on which step, and whether by escalation.
#[derive(Clone, Debug)]
enum Attempt {
    Submit,
    Withdraw,
    Decide {
        decision: Decision,
        by: u8,
        seat: u8,
        ahead: usize,
        escalated: bool,
    },
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let decision = prop_oneof![
        8 => Just(Decision::Pass),
        1 => Just(Decision::Return),
        1 => Just(Decision::Reject),
    ];
    let decide = (
        decision,
        0u8..8,
        prop::option::weighted(0.2, 0u8..8),
        prop_oneof![9 => Just(0usize), 1 => Just(1usize)],
        prop::bool::weighted(0.05),
    )
        .prop_map(|(decision, by, seat, ahead, escalated)| Attempt::Decide {
            decision,
            by,
            seat: seat.unwrap_or(by),
            ahead,
            escalated,
        });
    prop_oneof![3 => Just(Attempt::Submit), 1 => Just(Attempt::Withdraw), 30 => decide]
}

fn attempted(state: &State, route: &Route, attempt: &Attempt) -> Result<Entry, Refusal> {
    match *attempt {
        Attempt::Submit => state.submit(person(0)),
        Attempt::Withdraw => state.withdraw(person(0)),
        Attempt::Decide {
            decision,
            by,
            seat,
            ahead,
            escalated,
        } => {
            let by = Decider {
                person: person(by),
                seat: person(seat),
                escalated,
            };
            state.decide(route, state.step + ahead, decision, by)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_attempts_decides_what_it_must_not(route in route(), attempts in prop::collection::vec(attempt(), 0..60)) {
        let handed_in = [person(0), person(1)];
        let mut history: Vec<Entry> = Vec::new();
        let mut state = fold(&route, &handed_in, &history);
        for attempt in attempts {
            let before = state.clone();
            let Ok(entry) = attempted(&state, &route, &attempt) else {
                continue;
            };
            prop_assert!(!matches!(before.standing, Some(Standing::Passed | Standing::Rejected)));
            history.push(entry);
            state.apply(&route, entry);
            // The state is what the history makes of it, from the beginning.
            prop_assert_eq!(&fold(&route, &handed_in, &history), &state);
            // A step never goes back within a round, and never beyond the last one.
            prop_assert!(entry.what == What::Submitted || state.step == before.step || state.step == before.step + 1);
            prop_assert!((1..=route.steps.len()).contains(&state.step));
            if entry.step > 0 {
                // Those who handed in decide nothing, in no place.
                prop_assert!(!handed_in.contains(&entry.person) && !handed_in.contains(&entry.seat));
                prop_assert_eq!(entry.step, before.step);
            }
        }
        // In each round: of one step no person and no place passes or refuses twice, and where four eyes are asked
        // no one passes who decided before.
        for round in history.split(|entry| entry.what == What::Submitted) {
            let decided: Vec<&Entry> = round.iter().filter(|entry| entry.step > 0).collect();
            for (at, entry) in decided.iter().enumerate() {
                let ids = |entry: &Entry| HashSet::from([entry.person, entry.seat]);
                let earlier = decided[..at].iter().filter(|earlier| !ids(earlier).is_disjoint(&ids(entry)));
                for earlier in earlier {
                    let counts = matches!(entry.what, What::Passed | What::Rejected);
                    prop_assert!(!(counts && earlier.step == entry.step), "twice in one step");
                    let four_eyes = route.step(entry.step).unwrap().four_eyes;
                    prop_assert!(!(four_eyes && entry.what == What::Passed && earlier.step < entry.step), "one pair of eyes");
                }
            }
        }
        // What passed has, in its last round, enough passes in every step, or one by escalation.
        if state.standing == Some(Standing::Passed) {
            for number in 1..=route.steps.len() {
                let escalated = state.decisions.iter().any(|entry| entry.step == number && entry.escalated);
                prop_assert!(escalated || state.passes(number) >= state.needed(&route, number));
            }
        }
    }

    /// From wherever a case waits, a person at the desk who has not decided it, and did not hand it in, can move it.
    #[test]
    fn a_case_that_waits_can_be_moved_by_a_fresh_person(route in route(), attempts in prop::collection::vec(attempt(), 0..40)) {
        let handed_in = [person(0), person(1)];
        let mut state = fold(&route, &handed_in, &[]);
        for attempt in attempts {
            if let Ok(entry) = attempted(&state, &route, &attempt) {
                state.apply(&route, entry);
            }
        }
        if state.standing == Some(Standing::Waiting) {
            let fresh = Decider { person: person(100), seat: person(100), escalated: false };
            let moved = [Decision::Pass, Decision::Return, Decision::Reject].into_iter().filter(|decision| {
                state.decide(&route, state.step, *decision, fresh).is_ok()
            }).count();
            prop_assert!(moved >= 2, "it passes, and it is returned or refused");
            prop_assert!(state.withdraw(person(0)).is_ok());
        }
    }

    /// However the votes fall, a step for which everyone named has voted is over.
    #[test]
    fn a_step_that_all_have_voted_on_is_over(named in 2u8..6, wanted in 1u8..6, votes in prop::collection::vec(any::<bool>(), 6)) {
        let people: Vec<Uuid> = (0..named).map(|n| person(n + 2)).collect();
        let route = Route { steps: vec![Step {
            title: Title::default(), who: Who::People { people: people.clone() }, quorum: Quorum::AtLeast(wanted.min(named)),
            four_eyes: false, days: 5, may_return: true, may_reject: true, escalation: None,
        }] };
        let mut state = fold(&route, &[person(0)], &[]);
        state.apply(&route, state.submit(person(0)).unwrap());
        for (voter, pass) in people.iter().zip(votes) {
            let decision = if pass { Decision::Pass } else { Decision::Reject };
            let by = Decider { person: *voter, seat: *voter, escalated: false };
            match state.decide(&route, 1, decision, by) {
                Ok(entry) => state.apply(&route, entry),
                Err(refusal) => prop_assert!(matches!(refusal, Refusal::NotWaiting(_))),
            }
        }
        prop_assert!(matches!(state.standing, Some(Standing::Passed | Standing::Rejected)));
    }
}

fn one(title: &str, four_eyes: bool) -> Step {
    Step {
        title: Title {
            zh: title.to_owned(),
            en: String::new(),
        },
        who: Who::Permission {
            permission: "applications.review".to_owned(),
            on: Place::Own,
        },
        quorum: Quorum::One,
        four_eyes,
        days: 5,
        may_return: true,
        may_reject: true,
        escalation: None,
    }
}

fn by(n: u8) -> Decider {
    Decider {
        person: person(n),
        seat: person(n),
        escalated: false,
    }
}

#[test]
fn a_stand_in_does_not_give_a_person_two_votes() {
    let route = Route {
        steps: vec![one("初审", false), one("终审", true)],
    };
    let mut state = fold(&route, &[person(0)], &[]);
    state.apply(&route, state.submit(person(0)).unwrap());
    let entry = state.decide(&route, 1, Decision::Pass, by(2)).unwrap();
    state.apply(&route, entry);
    let stands_in = Decider {
        person: person(3),
        seat: person(2),
        escalated: false,
    };
    assert_eq!(
        state.decide(&route, 2, Decision::Pass, stands_in),
        Err(Refusal::FourEyes)
    );
    // Nor may one who stands in for the applicant decide.
    let for_applicant = Decider {
        person: person(3),
        seat: person(0),
        escalated: false,
    };
    assert_eq!(
        state.decide(&route, 2, Decision::Pass, for_applicant),
        Err(Refusal::HandedIn)
    );
    assert!(state.decide(&route, 2, Decision::Reject, by(2)).is_ok());
    assert_eq!(
        state.decide(&route, 1, Decision::Pass, by(3)),
        Err(Refusal::OtherStep(2))
    );
}

#[test]
fn a_panel_refuses_once_too_few_are_left_to_agree() {
    let people: Vec<Uuid> = (2..5).map(person).collect();
    let panel = Step {
        who: Who::Panel {
            title: Title::default(),
            members: people,
        },
        quorum: Quorum::AtLeast(2),
        ..one("评审", true)
    };
    let route = Route { steps: vec![panel] };
    let mut state = fold(&route, &[person(0)], &[]);
    state.apply(&route, state.submit(person(0)).unwrap());
    for (n, standing) in [(2, Standing::Waiting), (3, Standing::Rejected)] {
        let entry = state.decide(&route, 1, Decision::Reject, by(n)).unwrap();
        state.apply(&route, entry);
        assert_eq!(state.standing, Some(standing));
    }
}

#[test]
fn a_decision_by_escalation_counts_for_the_whole_step() {
    let route = Route {
        steps: vec![
            Step {
                quorum: Quorum::AtLeast(3),
                ..one("会审", false)
            },
            one("终审", true),
        ],
    };
    let mut state = fold(&route, &[person(0)], &[]);
    state.apply(&route, state.submit(person(0)).unwrap());
    let escalated = Decider {
        escalated: true,
        ..by(5)
    };
    let entry = state.decide(&route, 1, Decision::Pass, escalated).unwrap();
    state.apply(&route, entry);
    assert_eq!(state.step, 2);
}

#[test]
fn it_is_returned_a_hundred_times_and_then_has_to_be_decided() {
    let route = Route {
        steps: vec![one("审核", false)],
    };
    let mut state = fold(&route, &[person(0)], &[]);
    for _ in 0..MAX_RETURNS {
        state.apply(&route, state.submit(person(0)).unwrap());
        let entry = state.decide(&route, 1, Decision::Return, by(2)).unwrap();
        state.apply(&route, entry);
    }
    state.apply(&route, state.submit(person(0)).unwrap());
    assert_eq!(
        state.decide(&route, 1, Decision::Return, by(2)),
        Err(Refusal::ReturnedTooOften(MAX_RETURNS))
    );
    assert!(state.decide(&route, 1, Decision::Reject, by(2)).is_ok());
}
