use super::*;
use crate::route::{Place, Title};

const REVIEW: &str = "applications.review";

fn people(ids: &[u128]) -> Vec<Uuid> {
    ids.iter().copied().map(Uuid::from_u128).collect()
}

fn step(who: Who, quorum: Quorum, four_eyes: bool) -> Step {
    Step {
        title: Title {
            zh: "审核".to_owned(),
            en: String::new(),
        },
        who,
        quorum,
        four_eyes,
        days: 5,
        may_return: true,
        may_reject: false,
        escalation: None,
    }
}

fn holders() -> Who {
    Who::Permission {
        permission: REVIEW.to_owned(),
        on: Place::Own,
    }
}

#[test]
fn each_flaw_is_named_at_its_place() {
    let route = Route {
        steps: vec![
            step(
                Who::Permission {
                    permission: "grants.manage".to_owned(),
                    on: Place::Own,
                },
                Quorum::All,
                false,
            ),
            Step {
                days: 0,
                may_return: false,
                ..step(
                    Who::People {
                        people: people(&[1, 1]),
                    },
                    Quorum::AtLeast(3),
                    true,
                )
            },
        ],
    };
    let paths: Vec<String> = flaws(&route, &[REVIEW], false)
        .into_iter()
        .map(|flaw| flaw.path)
        .collect();
    assert_eq!(
        paths,
        [
            "route.steps[0].deciders",
            "route.steps[0].quorum",
            "route.steps[1].deciders",
            "route.steps[1].at_least",
            "route.steps[1].working_days",
            "route.steps[1].may_return",
        ]
    );
}

#[test]
fn where_several_have_to_agree_the_step_can_be_returned() {
    let named = || Who::People {
        people: people(&[1, 2]),
    };
    for (who, quorum, flawed) in [
        (holders(), Quorum::AtLeast(2), true),
        (named(), Quorum::AtLeast(2), true),
        (named(), Quorum::All, true),
        (holders(), Quorum::AtLeast(1), false),
        (holders(), Quorum::One, false),
    ] {
        let step = Step {
            may_return: false,
            may_reject: true,
            ..step(who, quorum, false)
        };
        let flaws = flaws(&Route { steps: vec![step] }, &[REVIEW], false);
        let paths: Vec<&str> = flaws.iter().map(|flaw| flaw.path.as_str()).collect();
        let expected: &[&str] = if flawed {
            &["route.steps[0].may_return"]
        } else {
            &[]
        };
        assert_eq!(paths, expected, "{quorum:?}");
    }
}

#[test]
fn the_organisation_above_decides_only_what_it_sees() {
    let above = Who::Permission {
        permission: REVIEW.to_owned(),
        on: Place::Parent,
    };
    let route = Route {
        steps: vec![Step {
            escalation: Some(above.clone()),
            ..step(above, Quorum::One, false)
        }],
    };
    assert_eq!(flaws(&route, &[REVIEW], true), []);
    let paths: Vec<String> = flaws(&route, &[REVIEW], false)
        .into_iter()
        .map(|flaw| flaw.path)
        .collect();
    assert_eq!(
        paths,
        ["route.steps[0].deciders", "route.steps[0].escalation"]
    );
}

#[test]
fn an_escalation_to_no_one_is_said() {
    let lacks = escalation_lacks(&[None, Some(people(&[1])), Some(Vec::new())]);
    assert_eq!(
        lacks,
        [Lack {
            step: 3,
            needed: 1,
            available: 0,
            four_eyes: false,
            escalation: true
        }]
    );
}

#[test]
fn a_step_without_people_is_said_and_so_is_one_whose_people_are_needed_elsewhere() {
    let route = Route {
        steps: vec![
            step(holders(), Quorum::One, false),
            step(holders(), Quorum::One, true),
            step(holders(), Quorum::AtLeast(2), true),
        ],
    };
    // One finds one way, and only one: 1 for the second step, 2 for the first.
    let fits = [people(&[1, 2]), people(&[1]), people(&[3, 4])];
    assert_eq!(lacks(&route, &fits), []);
    let none = [people(&[1]), people(&[1]), people(&[3])];
    assert_eq!(
        lacks(&route, &none),
        [
            Lack {
                step: 2,
                needed: 1,
                available: 0,
                four_eyes: true,
                escalation: false
            },
            Lack {
                step: 3,
                needed: 2,
                available: 1,
                four_eyes: false,
                escalation: false
            },
        ]
    );
}

#[test]
fn a_step_without_four_eyes_may_use_those_of_earlier_steps() {
    let route = Route {
        steps: vec![
            step(holders(), Quorum::One, false),
            step(holders(), Quorum::One, false),
        ],
    };
    assert_eq!(lacks(&route, &[people(&[1]), people(&[1])]), []);
}

#[test]
fn a_route_is_read_as_it_was_written() {
    let route = Route {
        steps: vec![Step {
            escalation: Some(holders()),
            ..step(
                Who::Panel {
                    title: Title {
                        zh: "专家组".to_owned(),
                        en: "Panel".to_owned(),
                    },
                    members: people(&[1, 2]),
                },
                Quorum::AtLeast(2),
                true,
            )
        }],
    };
    assert!(
        route
            .to_json()
            .is_ok_and(|json| Route::read(&json).is_ok_and(|read| read == route))
    );
    assert!(Route::read(r#"{"steps":[],"more":1}"#).is_err());
}
