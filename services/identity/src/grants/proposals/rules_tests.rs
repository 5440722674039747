#![allow(clippy::unwrap_used)]
use kit::access::roles::{ROLES, role};
use proptest::prelude::*;
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-30 08:00 UTC);

fn person(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

fn by(number: u8, roles: &[&str]) -> Decider {
    Decider {
        person_id: person(number),
        reaching: roles.iter().map(|name| (*name).to_owned()).collect(),
        headquarters: true,
    }
}

fn waiting(action: Action) -> Proposal {
    Proposal {
        action,
        proposed_by: person(1),
        state: State::Waiting,
        expires_at: NOW + LIFETIME,
    }
}

#[test]
fn a_second_security_administrator_decides_and_nobody_else() {
    let security = ["platform.security"];
    let audit = role("platform.audit").unwrap();
    let answer = |decider: &Decider, approved| {
        decide(
            &waiting(Action::Give),
            decider,
            &by(1, &security),
            person(9),
            audit,
            approved,
            NOW,
        )
    };
    assert_eq!(answer(&by(2, &security), true), Ok(State::Approved));
    assert_eq!(answer(&by(2, &security), false), Ok(State::Declined));
    assert_eq!(answer(&by(1, &security), true), Err(ProposalError::Own));
    assert_eq!(answer(&by(1, &security), false), Ok(State::Withdrawn));
    assert_eq!(answer(&by(9, &security), true), Err(ProposalError::Own));
    assert_eq!(answer(&by(9, &security), false), Err(ProposalError::Own));
    for other in ROLES.iter().filter(|one| one.name != "platform.security") {
        let refused = answer(&by(2, &[other.name]), true);
        assert!(
            matches!(refused, Err(ProposalError::Grant(_))),
            "{}",
            other.name
        );
    }
}

#[test]
fn who_proposed_it_must_still_be_allowed_to_and_time_must_be_left() {
    let audit = role("platform.audit").unwrap();
    let second = by(2, &["platform.security"]);
    let decided = |proposal: &Proposal, proposer: &Decider| {
        decide(proposal, &second, proposer, person(9), audit, true, NOW)
    };
    let gone = by(1, &["society.reviewer"]);
    assert_eq!(
        decided(&waiting(Action::Give), &gone),
        Err(ProposalError::Proposer)
    );
    let present = by(1, &["platform.security"]);
    for state in [
        State::Approved,
        State::Declined,
        State::Withdrawn,
        State::Expired,
    ] {
        let over = Proposal {
            state,
            ..waiting(Action::Give)
        };
        assert_eq!(decided(&over, &present), Err(ProposalError::NotWaiting));
    }
    let late = Proposal {
        expires_at: NOW,
        ..waiting(Action::Give)
    };
    assert_eq!(decided(&late, &present), Err(ProposalError::NotWaiting));
}

#[test]
fn two_security_administrators_remain_so_that_there_is_a_second_person() {
    let security = role("platform.security").unwrap();
    let subject = Subject {
        person_id: person(9),
        verified: true,
        held: vec!["platform.security".to_owned()],
    };
    let take = |holders| possible(Action::Take, &subject, security, true, holders);
    assert_eq!(take(2), Err(GrantError::NeedsHolders(2).into()));
    assert_eq!(take(3), Ok(()));
    assert_eq!(
        possible(Action::Take, &subject, security, false, 3),
        Err(ProposalError::NotHeld)
    );
    let reviewer = role("society.reviewer").unwrap();
    assert_eq!(
        possible(Action::Give, &subject, reviewer, false, 0),
        Err(ProposalError::OnePerson)
    );
}

proptest! {
    /// With any roles: an approved proposal has two people of the same right, neither of whom it is about.
    #[test]
    fn an_approval_always_has_two_people(
        proposer in 1u8..5, decider in 1u8..5, about in 1u8..5,
        of_proposer in 0..ROLES.len(), of_decider in 0..ROLES.len(), wanted in 0..ROLES.len(),
        days in 0i64..14, approved: bool,
    ) {
        let (wanted, age) = (&ROLES[wanted], Duration::days(days));
        let one = by(proposer, &[ROLES[of_proposer].name]);
        let two = by(decider, &[ROLES[of_decider].name]);
        let proposal = Proposal {
            proposed_by: one.person_id,
            expires_at: NOW + LIFETIME - age,
            ..waiting(Action::Give)
        };
        let outcome = decide(&proposal, &two, &one, person(about), wanted, approved, NOW);
        if outcome == Ok(State::Approved) {
            prop_assert!(proposer != decider && decider != about && approved && age < LIFETIME);
            prop_assert!(rules::decides(&one, wanted).is_ok() && rules::decides(&two, wanted).is_ok());
        }
    }
}
