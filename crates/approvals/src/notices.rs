//! Telling those who decide next.

use std::collections::BTreeMap;

use kit::notices::{MOST_PEOPLE, Notice};
use proto_notices::Filled;
use uuid::Uuid;

use crate::{cases::Case, people::Everyone, route::Who};

/// Notices that cases of one organisation wait for a decision: one for all cases that wait for the same people, who are told how many
/// they are. Those are the people who could decide now, and those who stand in for one of them. `except`: who caused it; those who handed
/// in, or have decided already, are none of them. Who holds a role is read once, whatever the number of cases.
pub fn waits<'a, F: Into<Filled>>(
    everyone: &Everyone,
    cases: impl IntoIterator<Item = &'a Case>,
    except: Uuid,
    what: impl Fn() -> F,
) -> Vec<Notice> {
    let mut waiting: BTreeMap<Vec<Uuid>, usize> = BTreeMap::new();
    for case in cases {
        let mut deciders = case.deciders(everyone);
        deciders.retain(|person| *person != except);
        *waiting.entry(deciders).or_default() += 1;
    }
    let notices = waiting.into_iter().flat_map(|(deciders, count)| {
        if deciders.is_empty() {
            // Someone has to see that it waits for no one: those who review, or their like above.
            return vec![everyone.reviewers(what()).except(except).times(count)];
        }
        let chunks = deciders.chunks(MOST_PEOPLE);
        let notices = chunks.map(|chunk| Notice::to_people(chunk, what()).times(count));
        notices.collect()
    });
    notices.collect()
}

/// Notices to all who decide these steps of one organisation, or to whom they escalate, each person once.
pub fn to_deciders<'a, F: Into<Filled>>(
    everyone: &Everyone,
    who: impl IntoIterator<Item = &'a Who>,
    what: impl Fn() -> F,
) -> Vec<Notice> {
    let deciders = who.into_iter().flat_map(|who| everyone.deciders(who, &[]));
    let mut deciders: Vec<Uuid> = deciders.collect();
    deciders.sort_unstable();
    deciders.dedup();
    let chunks = deciders.chunks(MOST_PEOPLE);
    chunks
        .map(|chunk| Notice::to_people(chunk, what()))
        .collect()
}
