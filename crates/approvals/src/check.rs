//! Whether a route can be used: its shape, and whether there are the people to walk it. Pure.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::route::{Place, Quorum, Route, Step, Who};

/// The most steps.
pub const MOST_STEPS: usize = 10;

/// What is wrong with a step, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where, e.g. `route.steps[0].deciders`.
    pub path: String,
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

/// What is wrong with the shape of a route; `permissions` are those that a step may ask for, `parents` whether at the organisation above.
pub fn flaws(route: &Route, permissions: &[&str], parents: bool) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if route.steps.len() > MOST_STEPS {
        flaws.push(Flaw {
            path: "route.steps".to_owned(),
            en: "At most 10 steps; combine some.",
            zh: "最多 10 个步骤，请合并部分步骤。",
        });
    }
    for (at, step) in route.steps.iter().enumerate() {
        let mut flaw = |field: &str, (en, zh)| {
            let path = format!("route.steps[{at}].{field}");
            flaws.push(Flaw { path, en, zh });
        };
        for (field, who) in [
            ("deciders", Some(&step.who)),
            ("escalation", step.escalation.as_ref()),
        ] {
            if let Some(words) = who.and_then(|who| who_flaw(who, permissions, parents)) {
                flaw(field, words);
            }
        }
        let named = step.who.named().map(<[Uuid]>::len);
        match (step.quorum, named) {
            (Quorum::All, None) => flaw(
                "quorum",
                (
                    "“All” is for named people; where a permission decides, say how many.",
                    "“全体通过”只适用于指定人员；按权限审批时请填写人数。",
                ),
            ),
            (Quorum::AtLeast(0), _) => flaw(
                "at_least",
                ("Missing; say how many.", "请填写至少需要几人通过。"),
            ),
            (Quorum::AtLeast(wanted), Some(named)) if usize::from(wanted) > named => flaw(
                "at_least",
                (
                    "More than are named; ask for fewer or name more.",
                    "超过指定人数，请减少人数或增加人员。",
                ),
            ),
            _ => {}
        }
        if !(1..=60).contains(&step.days) {
            flaw(
                "working_days",
                ("From 1 to 60 working days.", "请填写 1 至 60 个工作日。"),
            );
        }
        // Who holds a permission changes while votes are given: once too few are left who have not voted, one of those who have must be
        // able to end the step.
        let several = match step.quorum {
            Quorum::One => false,
            Quorum::AtLeast(wanted) => wanted > 1,
            Quorum::All => named.is_some_and(|named| named > 1),
        };
        if several && !step.may_return {
            flaw(
                "may_return",
                (
                    "Allow to return where several have to agree; otherwise it could be stuck when too few of them are left.",
                    "须多人共同通过的步骤应允许退回，否则人员不足时将无法办结。",
                ),
            );
        } else if !step.may_return && !step.may_reject {
            flaw(
                "may_return",
                (
                    "Allow to return or to refuse; otherwise the step could only agree.",
                    "请至少允许退回或不予通过，否则该步骤只能通过。",
                ),
            );
        }
    }
    flaws
}

fn who_flaw(
    who: &Who,
    permissions: &[&str],
    parents: bool,
) -> Option<(&'static str, &'static str)> {
    match who {
        Who::Permission {
            on: Place::Parent, ..
        } if !parents => Some((
            "Not at the organisation above: its staff do not see what is decided here. Choose this organisation, or name people.",
            "上级组织的人员看不到此类办理事项，请改为由本组织审批，或指定人员。",
        )),
        Who::Permission { permission, .. } if !permissions.contains(&permission.as_str()) => {
            Some((
                "Not a permission that decides here; choose one of those that are offered.",
                "该权限不能用于此流程，请从所列权限中选择。",
            ))
        }
        Who::Permission { .. } => None,
        Who::People { people: named } | Who::Panel { members: named, .. } => {
            let distinct: HashSet<&Uuid> = named.iter().collect();
            if named.is_empty() {
                Some(("Name at least one person.", "请至少指定一人。"))
            } else if distinct.len() < named.len() {
                Some(("Name each person once.", "同一人请勿重复指定。"))
            } else {
                None
            }
        }
    }
}

/// What a step lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// Its number, 1 the first.
    pub step: usize,
    /// How many people it needs.
    pub needed: usize,
    /// How many there are for it.
    pub available: usize,
    /// Whether there would be enough if its four eyes did not exclude those of other steps.
    pub four_eyes: bool,
    /// Whether it is its escalation that lacks people.
    pub escalation: bool,
}

/// What a step lacks whose escalation no person could take. `people`: those who could, for each step that escalates.
pub fn escalation_lacks(people: &[Option<Vec<Uuid>>]) -> Vec<Lack> {
    let lacks = people.iter().enumerate().filter_map(|(at, people)| {
        let none = people.as_ref().is_some_and(Vec::is_empty);
        none.then_some(Lack {
            step: at + 1,
            needed: 1,
            available: 0,
            four_eyes: false,
            escalation: true,
        })
    });
    lacks.collect()
}

/// The steps that could not be walked with these people, a list for each step.
///
/// Steps with four eyes, and the first step, are given people of their own by matching, so that one person is not counted twice. What
/// remains for the other steps is those whom no later step with four eyes needs; a route may be found lacking that could just be walked
/// if such a step chose its people with care.
pub fn lacks(route: &Route, people: &[Vec<Uuid>]) -> Vec<Lack> {
    let mut lacks = Vec::new();
    // Who was given to which step (index).
    let mut given: HashMap<Uuid, usize> = HashMap::new();
    let own = |at: usize, step: &Step| at == 0 || step.four_eyes;
    for (at, step) in route.steps.iter().enumerate() {
        let candidates = people.get(at).map_or(&[][..], Vec::as_slice);
        let (needed, available) = (needed(step), candidates.len());
        if available < needed {
            lacks.push(Lack {
                step: at + 1,
                needed,
                available,
                four_eyes: false,
                escalation: false,
            });
        } else if own(at, step) {
            let found = (0..needed)
                .filter(|_| give(at, people, &mut given, &mut HashSet::new()))
                .count();
            if found < needed {
                lacks.push(Lack {
                    step: at + 1,
                    needed,
                    available: found,
                    four_eyes: true,
                    escalation: false,
                });
            }
        }
    }
    for (at, step) in route.steps.iter().enumerate() {
        let candidates = people.get(at).map_or(&[][..], Vec::as_slice);
        let needed = needed(step);
        if own(at, step) || candidates.len() < needed {
            continue;
        }
        let available = candidates
            .iter()
            .filter(|person| given.get(person).is_none_or(|later| *later < at))
            .count();
        if available < needed {
            lacks.push(Lack {
                step: at + 1,
                needed,
                available,
                four_eyes: true,
                escalation: false,
            });
        }
    }
    lacks.sort_by_key(|lack| lack.step);
    lacks
}

/// Gives one more person to a step, if need be by giving another step a substitute (an augmenting path).
fn give(
    at: usize,
    people: &[Vec<Uuid>],
    given: &mut HashMap<Uuid, usize>,
    tried: &mut HashSet<Uuid>,
) -> bool {
    for person in &people[at] {
        if given.get(person) == Some(&at) || !tried.insert(*person) {
            continue;
        }
        let free = match given.get(person).copied() {
            None => true,
            Some(other) => give(other, people, given, tried),
        };
        if free {
            given.insert(*person, at);
            return true;
        }
    }
    false
}

/// How many people a step needs.
fn needed(step: &Step) -> usize {
    match step.quorum {
        Quorum::One => 1,
        Quorum::AtLeast(number) => usize::from(number),
        Quorum::All => step.who.named().map_or(1, <[Uuid]>::len),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
