#![allow(clippy::unwrap_used)]
use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::{
    check,
    person::gathered,
    route::{Quorum, Step, Title},
    rules::{Entry, Refusal, fold},
    words::{Decision, Standing, What},
};

const REVIEW: &str = "applications.review";
const APPROVE: &str = "applications.approve";
const PEOPLE: u8 = 8;

/// 0 and 1 hand in; all of them may sit at desks.
fn id(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Own,
    Parent,
    Higher,
}

/// Who holds what, and who stands in for whom.
#[derive(Clone, Debug)]
struct Staff {
    roles: Vec<Option<(&'static str, Held)>>,
    /// Who is stood in for, and by whom.
    delegations: Vec<(u8, u8)>,
}

/// The permissions of the roles that the model gives, as they stand in `roles.toml`.
fn permits(role: &str, permission: &str) -> bool {
    match role {
        "society.reviewer" => permission == REVIEW,
        "society.approver" => [REVIEW, APPROVE].contains(&permission),
        _ => false,
    }
}

impl Staff {
    fn holds(&self, n: u8, permission: &str, held: &[Held]) -> bool {
        self.roles[usize::from(n)]
            .is_some_and(|(role, at)| permits(role, permission) && held.contains(&at))
    }

    fn reviews(&self, n: u8) -> bool {
        self.holds(n, REVIEW, &[Held::Own, Held::Parent, Held::Higher])
    }

    /// Whether a step is decided in this person's place, written once more without the code under test.
    fn is_named(&self, n: u8, who: &Who) -> bool {
        self.reviews(n)
            && match who {
                Who::Permission {
                    permission,
                    on: Place::Own,
                } => self.holds(n, permission, &[Held::Own]),
                Who::Permission {
                    permission,
                    on: Place::Parent,
                } => self.holds(n, permission, &[Held::Parent]),
                Who::People { people } => people.contains(&id(n)),
                Who::Panel { members, .. } => members.contains(&id(n)),
            }
    }

    fn people(&self, among: impl IntoIterator<Item = u8>) -> Vec<Person> {
        let rows = among.into_iter().filter_map(|n| {
            let (role, at) = self.roles[usize::from(n)]?;
            Some((id(n), role.to_owned(), at == Held::Own, at == Held::Parent))
        });
        gathered(rows)
    }

    /// The caller, and those for whom the caller stands in.
    fn deciding(&self, caller: u8) -> Deciding {
        let stood_in = self.delegations.iter().filter(|(_, to)| *to == caller);
        let seats: HashSet<u8> = stood_in.map(|(from, _)| *from).collect();
        let others = seats.into_iter().filter(|n| *n != caller);
        Deciding {
            caller: id(caller),
            base: REVIEW,
            people: self.people([caller].into_iter().chain(others)),
        }
    }

    fn everyone(&self) -> Everyone {
        let pairs = self.delegations.iter();
        Everyone {
            base: REVIEW,
            organisation_id: Uuid::nil(),
            people: self.people(0..PEOPLE),
            delegations: pairs.map(|(from, to)| (id(*from), id(*to))).collect(),
        }
    }
}

fn staff() -> impl Strategy<Value = Staff> {
    let role = prop_oneof![
        3 => Just("society.reviewer"), 3 => Just("society.approver"), 1 => Just("society.member_desk"),
    ];
    let held = prop_oneof![4 => Just(Held::Own), 2 => Just(Held::Parent), 1 => Just(Held::Higher)];
    let roles = prop::collection::vec(
        prop::option::weighted(0.9, (role, held)),
        usize::from(PEOPLE),
    );
    let delegations = prop::collection::vec((0..PEOPLE, 0..PEOPLE), 0..4);
    (roles, delegations).prop_map(|(roles, delegations)| Staff { roles, delegations })
}

fn who() -> impl Strategy<Value = Who> {
    let permission = prop_oneof![Just(REVIEW), Just(APPROVE)];
    let on = prop_oneof![3 => Just(Place::Own), 1 => Just(Place::Parent)];
    prop_oneof![
        (permission, on).prop_map(|(permission, on)| Who::Permission {
            permission: permission.to_owned(),
            on
        }),
        prop::collection::hash_set(0..PEOPLE, 1..5).prop_map(|named| {
            let mut people: Vec<Uuid> = named.into_iter().map(id).collect();
            people.sort();
            Who::People { people }
        }),
    ]
}

/// Of a shape that is published.
fn step() -> impl Strategy<Value = Step> {
    let quorum = (0u8..3, 1u8..4);
    let marks = (any::<bool>(), any::<bool>(), any::<bool>());
    (who(), quorum, marks, prop::option::of(who())).prop_map(
        |(who, (quorum, count), (four_eyes, may_return, may_reject), escalation)| {
            let named = who.named().map(<[Uuid]>::len);
            let quorum = match (quorum, named) {
                (0, _) | (1, None) => Quorum::One,
                (1, Some(_)) => Quorum::All,
                (_, Some(named)) => Quorum::AtLeast(count.min(named as u8)),
                (_, None) => Quorum::AtLeast(count),
            };
            let may_return = may_return || quorum != Quorum::One || !may_reject;
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
                may_reject,
                escalation,
            }
        },
    )
}

fn route() -> impl Strategy<Value = Route> {
    prop::collection::vec(step(), 1..4).prop_map(|steps| Route { steps })
}

#[derive(Clone, Debug)]
enum Attempt {
    Submit,
    Withdraw,
    Decide {
        decision: Decision,
        by: u8,
        overdue: bool,
    },
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let decision = prop_oneof![
        6 => Just(Decision::Pass),
        1 => Just(Decision::Return),
        2 => Just(Decision::Reject),
    ];
    let decide = (decision, 0..PEOPLE, prop::bool::weighted(0.2));
    let decide = decide.prop_map(|(decision, by, overdue)| Attempt::Decide {
        decision,
        by,
        overdue,
    });
    prop_oneof![3 => Just(Attempt::Submit), 1 => Just(Attempt::Withdraw), 30 => decide]
}

fn number(person: Uuid) -> u8 {
    (person.as_u128() - 1) as u8
}

/// What the attempt leads to, as a service carries it out.
fn attempted(
    staff: &Staff,
    route: &Route,
    state: &State,
    attempt: &Attempt,
) -> Result<Entry, Refusal> {
    match *attempt {
        Attempt::Submit => state.submit(id(0)),
        Attempt::Withdraw => state.withdraw(id(0)),
        Attempt::Decide {
            decision,
            by,
            overdue,
        } => {
            let decider = staff.deciding(by).decider(route, state, overdue);
            let decider = decider.ok_or(Refusal::NotYours)?;
            state.decide(route, state.step, decision, decider)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn only_those_decide_to_whom_the_route_gives_a_step(
        staff in staff(), route in route(), attempts in prop::collection::vec(attempt(), 0..60)
    ) {
        prop_assert_eq!(check::flaws(&route, &[REVIEW, APPROVE], true), []);
        let handed_in = [id(0), id(1)];
        let mut state = fold(&route, &handed_in, &[]);
        for attempt in attempts {
            let before = state.clone();
            let Ok(entry) = attempted(&staff, &route, &state, &attempt) else {
                continue;
            };
            state.apply(&route, entry);
            let Attempt::Decide { overdue, .. } = attempt else {
                continue;
            };
            let step = route.step(before.step).unwrap();
            let (person, seat) = (number(entry.person), number(entry.seat));
            prop_assert!(person > 1 && seat > 1, "those who handed in decide nothing, in no place");
            prop_assert!(staff.reviews(person), "who decides may review, in whatever place");
            let who = if entry.escalated { step.escalation.as_ref().unwrap() } else { &step.who };
            prop_assert!(staff.is_named(seat, who), "the step is given to the seat");
            if person != seat {
                prop_assert!(staff.delegations.contains(&(seat, person)), "stands in for the seat");
                let above = matches!(who, Who::Permission { on: Place::Parent, .. });
                prop_assert!(!above || staff.is_named(person, who), "no one below stands in for those above");
            }
            let mine = |entry: &&Entry| entry.person == id(person) || entry.seat == id(person);
            let earlier = before.decisions.iter().filter(|entry| entry.step == before.step);
            if entry.escalated {
                prop_assert!(overdue, "only what is overdue escalates");
                prop_assert_eq!(earlier.clone().filter(mine).count(), 0, "to others than those who have voted");
            }
            // A step that is over has enough of different people and different seats, also where a permission decides.
            let votes = |what| {
                let of = state.decisions.iter().filter(move |entry| entry.what == what && entry.step == before.step);
                let people: HashSet<Uuid> = of.clone().map(|entry| entry.person).collect();
                let seats: HashSet<Uuid> = of.map(|entry| entry.seat).collect();
                people.len().min(seats.len())
            };
            let wanted = match step.quorum {
                Quorum::AtLeast(wanted) => usize::from(wanted),
                Quorum::One | Quorum::All => 1,
            };
            let passed = state.step > before.step || state.standing == Some(Standing::Passed);
            if passed && !entry.escalated {
                prop_assert!(votes(What::Passed) >= wanted);
                if let (Quorum::All, Some(named)) = (step.quorum, step.who.named()) {
                    let open = named.iter().filter(|seat| !before.barred(&route).contains(seat));
                    prop_assert!(open.count() <= 1, "the last of all");
                }
            }
            if state.standing == Some(Standing::Rejected) && !entry.escalated && step.who.named().is_none() {
                prop_assert!(votes(What::Rejected) >= wanted, "where a permission decides by as many");
            }
        }
    }

    /// However the votes have fallen: whom the step is given to, and who did not hand in, can move it in some way, and is shown so.
    #[test]
    fn a_step_is_never_stuck_while_one_of_its_people_is_there(
        staff in staff(), route in route(), attempts in prop::collection::vec(attempt(), 0..20)
    ) {
        let mut state = fold(&route, &[id(0), id(1)], &[]);
        state.apply(&route, state.submit(id(0)).unwrap());
        for attempt in attempts {
            if state.standing == Some(Standing::Waiting) {
                moves(&staff, &route, &state)?;
            }
            if let Ok(entry) = attempted(&staff, &route, &state, &attempt) {
                state.apply(&route, entry);
            }
        }
    }
}

/// A case that waits can be moved, and those are told who can let it pass.
fn moves(staff: &Staff, route: &Route, state: &State) -> Result<(), TestCaseError> {
    let step = route.step(state.step).unwrap();
    for n in (2..PEOPLE).filter(|n| staff.is_named(*n, &step.who)) {
        let decider = staff.deciding(n).decider(route, state, false).unwrap();
        let allowed = state.allowed(route, decider);
        prop_assert!(allowed.any(), "{} can do nothing in step {}", n, state.step);
        for (decision, may) in [
            (Decision::Pass, allowed.pass),
            (Decision::Return, allowed.back),
            (Decision::Reject, allowed.reject),
        ] {
            let decided = state.decide(route, state.step, decision, decider);
            prop_assert_eq!(decided.is_ok(), may);
        }
    }
    // Who could let it pass at once, in whatever place, is told; and no one else.
    let told = staff.everyone().deciders(&step.who, &state.barred(route));
    for n in 0..PEOPLE {
        let decider = staff.deciding(n).decider(route, state, false);
        let passes = decider.is_some_and(|decider| state.allowed(route, decider).pass);
        prop_assert_eq!(told.contains(&id(n)), passes, "{}", n);
    }
    Ok(())
}
