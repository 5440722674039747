#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn names() -> impl Strategy<Value = &'static str> {
    let all: Vec<&str> = roles::ROLES.iter().map(|role| role.name).collect();
    prop::sample::select(all)
}

#[test]
fn roles_of_the_platform_stay_at_the_headquarters_and_administrators_of_organisations_below() {
    for role in roles::ROLES {
        let of_the_headquarters =
            role.name.starts_with("platform.") || role.name.starts_with("headquarters.");
        let here = role_on(role.name, true).is_ok();
        let below = role_on(role.name, false).is_ok();
        assert_eq!(below, !of_the_headquarters, "{}", role.name);
        assert_eq!(
            here,
            role.name != "organisation.administrator",
            "{}",
            role.name
        );
    }
    assert!(matches!(
        role_on("platform.emperor", true),
        Err(GrantError::UnknownRole)
    ));
}

#[test]
fn a_role_that_no_longer_exists_is_cleared_away_by_who_manages_grants() {
    let by = |role: &str| Decider {
        person_id: person(0),
        reaching: vec![role.to_owned()],
        headquarters: false,
    };
    assert_eq!(
        take(&by("organisation.administrator"), person(1), None),
        Ok(())
    );
    assert_eq!(
        take(&by("society.reviewer"), person(1), None),
        Err(GrantError::NoManager)
    );
}

fn person(at: usize) -> Uuid {
    Uuid::from_u128(at as u128 + 1)
}

/// The organisations of the model: the headquarters, a society, a branch of it, another society.
const ABOVE: [Option<usize>; 4] = [None, Some(0), Some(1), Some(0)];
const PEOPLE: usize = 5;

fn reaches(from: usize, to: usize) -> bool {
    from == to || ABOVE[to].is_some_and(|above| reaches(from, above))
}

type Grants = BTreeSet<(usize, &'static str, usize)>;

#[derive(Clone, Debug)]
enum Attempt {
    Give(usize, usize, &'static str, usize),
    Take(usize, prop::sample::Index),
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let give = (0..PEOPLE, 0..PEOPLE, names(), 0..ABOVE.len())
        .prop_map(|(by, to, role, on)| Attempt::Give(by, to, role, on));
    let take = (0..PEOPLE, any::<prop::sample::Index>()).prop_map(|(by, at)| Attempt::Take(by, at));
    prop::collection::vec(prop_oneof![3 => give, 1 => take], 0..80)
}

/// What the platform begins with: roles each held by one person, those of the platform at the headquarters, others at the society.
fn beginnings() -> impl Strategy<Value = Vec<&'static str>> {
    let sets = [
        vec!["organisation.administrator"],
        vec!["platform.security"],
        vec!["platform.security", "organisation.administrator"],
        vec![
            "platform.security",
            "organisation.administrator",
            "platform.system",
            "platform.audit",
        ],
    ];
    prop::sample::select(sets.to_vec())
}

fn decider(grants: &Grants, by: usize, on: usize) -> Decider {
    let reaching = grants
        .iter()
        .filter(|(person, _, held)| *person == by && reaches(*held, on));
    Decider {
        person_id: person(by),
        reaching: reaching.map(|(_, role, _)| (*role).to_owned()).collect(),
        headquarters: ABOVE[on].is_none(),
    }
}

fn roles_of(grants: &Grants, whom: usize) -> Vec<String> {
    let own = grants.iter().filter(|(person, _, _)| *person == whom);
    own.map(|(_, role, _)| (*role).to_owned()).collect()
}

proptest! {
    /// Whatever is tried by any person in any order: no person unites separated powers, no person changes their own roles, and
    /// grants of the platform's administrators change by the hand of a security administrator alone.
    #[test]
    fn no_sequence_of_gifts_and_withdrawals_reaches_what_a_single_rule_forbids(beginning in beginnings(), tried in attempts()) {
        let mut grants: Grants = beginning
            .iter()
            .enumerate()
            .map(|(at, role)| (at, *role, usize::from(!role.starts_with("platform."))))
            .collect();
        for attempt in tried {
            let before = grants.clone();
            let by = match attempt {
                Attempt::Give(by, to, role, on) => {
                    if let Ok(role) = role_on(role, ABOVE[on].is_none()) {
                        let subject = Subject { person_id: person(to), verified: true, held: roles_of(&grants, to) };
                        if give(&decider(&grants, by, on), &subject, role).is_ok() {
                            grants.insert((to, role.name, on));
                        }
                    }
                    by
                }
                Attempt::Take(by, at) => {
                    let all: Vec<_> = grants.iter().copied().collect();
                    if !all.is_empty() {
                        let (whom, role, on) = all[at.index(all.len())];
                        if take(&decider(&grants, by, on), person(whom), roles::role(role)).is_ok() {
                            grants.remove(&(whom, role, on));
                        }
                    }
                    by
                }
            };
            prop_assert_eq!(roles_of(&before, by), roles_of(&grants, by), "by their own hand");
            for (_, role, on) in before.symmetric_difference(&grants) {
                let held = roles_of(&before, by);
                let at_headquarters = ABOVE[*on].is_none();
                prop_assert!(!at_headquarters || held.iter().any(|r| r == "platform.security"), "{role} at the headquarters");
                prop_assert!(before.iter().any(|(who, _, from)| *who == by && reaches(*from, *on)), "out of reach");
            }
            for whom in 0..PEOPLE {
                let held = roles_of(&grants, whom);
                for one in held.iter().filter_map(|name| roles::role(name)) {
                    for other in held.iter().filter_map(|name| roles::role(name)) {
                        prop_assert!(roles::compatible(one, other), "{} {}", one.name, other.name);
                    }
                }
            }
        }
        if !beginning.contains(&"platform.security") {
            prop_assert!(grants.iter().all(|(_, _, on)| ABOVE[*on].is_some()), "made out of nothing");
        }
    }

    /// What one can give one can take, and nothing else.
    #[test]
    fn a_grant_is_taken_by_who_could_give_it(reaching in prop::collection::vec(names(), 0..4), name in names(), headquarters: bool) {
        let by = Decider { person_id: person(0), reaching: reaching.into_iter().map(str::to_owned).collect(), headquarters };
        let to = Subject { person_id: person(1), verified: true, held: Vec::new() };
        let role = roles::role(name).unwrap();
        prop_assert_eq!(give(&by, &to, role), take(&by, person(1), Some(role)));
        let own = Subject { person_id: person(0), ..to };
        prop_assert!(give(&by, &own, role).is_err() && take(&by, person(0), Some(role)).is_err());
    }

    #[test]
    fn nobody_unverified_acts_for_an_organisation(name in names()) {
        let role = roles::role(name).unwrap();
        prop_assert_eq!(may_hold(false, &[], role), Err(GrantError::NotVerified));
    }
}
