#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::applications::form::Education;

const ACTIONS: [Action; 6] = [
    Action::Submit,
    Action::PassFirstReview,
    Action::Return,
    Action::Approve,
    Action::Reject,
    Action::Withdraw,
];

fn complete() -> Form {
    Form {
        employer: "中国科学院".into(),
        education: Some(Education::Doctor),
        research_field: "凝聚态物理".into(),
        division_code: "110108".into(),
        ..Form::default()
    }
}

/// Three people: 0 applies, 1 and 2 (and sometimes 0) sit at the desk.
fn person(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n) + 1)
}

fn draft(applicant: Uuid) -> Progress {
    Progress {
        state: State::Draft,
        applicant,
        first_reviewer: None,
        entered: Entered::DRAFT,
        returns: 0,
    }
}

/// One attempt: who does what, and how things are around it.
#[derive(Clone, Debug)]
struct Attempt {
    action: usize,
    by: u8,
    consent_stands: bool,
    already_member: bool,
    complete: bool,
    verified: bool,
    accepting: bool,
}

impl Attempt {
    fn on(&self, progress: &Progress) -> Result<Step, Error> {
        let form = if self.complete {
            complete()
        } else {
            Form::default()
        };
        match ACTIONS[self.action] {
            Action::Submit => progress.submit(&Submitting {
                verified: self.verified,
                form: &form,
                accepting: self.accepting,
            }),
            Action::Withdraw => progress.withdraw(),
            action => progress.review(
                action,
                Reviewing {
                    reviewer: person(self.by),
                    own: person(self.by) == person(0),
                    consent_stands: self.consent_stands,
                    already_member: self.already_member,
                },
            ),
        }
    }
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let mostly = || prop::bool::weighted(0.85);
    (
        0usize..6,
        0u8..3,
        mostly(),
        prop::bool::weighted(0.1),
        mostly(),
        mostly(),
        mostly(),
    )
        .prop_map(
            |(action, by, consent_stands, already_member, complete, verified, accepting)| Attempt {
                action,
                by,
                consent_stands,
                already_member,
                complete,
                verified,
                accepting,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_attempts_leaves_an_application_inconsistent(attempts in prop::collection::vec(attempt(), 0..60)) {
        let mut progress = draft(person(0));
        let mut passed_by = None;
        let mut seen = vec![State::Draft];
        for attempt in attempts {
            let before = progress.clone();
            let action = ACTIONS[attempt.action];
            match attempt.on(&progress) {
                Ok(step) => {
                    prop_assert!(!before.state.is_decided(), "{before:?} changed after its decision");
                    prop_assert_eq!(step.from, before.state);
                    prop_assert_eq!(step.after.state, action.leads_to());
                    prop_assert_eq!(step.first_time, !seen.contains(&step.after.state));
                    match action {
                        Action::PassFirstReview => passed_by = Some(attempt.by),
                        Action::Submit | Action::Return => passed_by = None,
                        Action::Approve => {
                            prop_assert!(passed_by.is_some(), "approved without a first review");
                            prop_assert_ne!(passed_by, Some(attempt.by), "one pair of eyes");
                            prop_assert_ne!(attempt.by, 0, "approved by the applicant");
                            prop_assert!(attempt.consent_stands && !attempt.already_member);
                        }
                        Action::Reject | Action::Withdraw => {}
                    }
                    seen.push(step.after.state);
                    progress = step.after;
                }
                Err(Error::IllegalMove { from, to }) => {
                    prop_assert_eq!(from, before.state);
                    prop_assert_eq!(to, action.leads_to());
                    prop_assert!(before.state.after(action).is_err());
                }
                Err(Error::OwnApplication) => prop_assert_eq!(attempt.by, 0),
                Err(_) => prop_assert!(before.state.after(action).is_ok(), "the state is looked at first"),
            }
            prop_assert_eq!(progress.first_reviewer, passed_by.map(person));
            prop_assert!(seen.iter().all(|state| progress.entered.has(*state)));
            prop_assert!(State::ALL.iter().all(|s| seen.contains(s) == progress.entered.has(*s)));
            prop_assert!(progress.returns <= MAX_RETURNS);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The way that is shown where there is no route is the one that is walked.
    #[test]
    fn the_built_in_route_walks_as_the_state_machine(attempts in prop::collection::vec(attempt(), 0..60)) {
        let route = crate::application_routes::built_in(10);
        let mut progress = draft(person(0));
        let mut case = approvals::rules::fold(&route, &[person(0)], &[]);
        for attempt in attempts {
            let attempt = Attempt { consent_stands: true, already_member: false, complete: true, verified: true, accepting: true, ..attempt };
            let (by, step) = (person(attempt.by), case.step);
            let decider = approvals::rules::Decider { person: by, seat: by, escalated: false };
            let decide = |decision| case.decide(&route, step, decision, decider);
            let walked = match ACTIONS[attempt.action] {
                // A withdrawn application is over; of another kind a case may come again.
                Action::Submit if progress.state == State::Withdrawn => continue,
                Action::Submit => case.submit(by),
                // Of a draft there is no case yet.
                Action::Withdraw if progress.state == State::Draft => continue,
                Action::Withdraw => case.withdraw(by),
                Action::PassFirstReview if progress.state != State::InFirstReview => continue,
                Action::Approve if progress.state != State::InFinalReview => continue,
                Action::PassFirstReview | Action::Approve => decide(approvals::Decision::Pass),
                Action::Return => decide(approvals::Decision::Return),
                Action::Reject => decide(approvals::Decision::Reject),
            };
            let stepped = attempt.on(&progress);
            prop_assert_eq!(walked.is_ok(), stepped.is_ok(), "{:?} of {:?}: {:?}, {:?}", attempt, progress, walked, stepped);
            let (Ok(entry), Ok(step)) = (walked, stepped) else { continue };
            case.apply(&route, entry);
            progress = step.after;
            let stands = match (case.standing, case.step) {
                (Some(approvals::Standing::Waiting), 1) => State::InFirstReview,
                (Some(approvals::Standing::Waiting), _) => State::InFinalReview,
                (Some(approvals::Standing::Returned), _) => State::Returned,
                (Some(approvals::Standing::Passed), _) => State::Approved,
                (Some(approvals::Standing::Rejected), _) => State::Rejected,
                (Some(approvals::Standing::Withdrawn), _) => State::Withdrawn,
                (None, _) => State::Draft,
            };
            prop_assert_eq!(stands, progress.state);
        }
    }
}

#[test]
fn the_arrows_are_those_of_the_drawing() {
    use State::*;
    let arrows: Vec<(State, State)> = State::ALL
        .iter()
        .flat_map(|from| {
            ACTIONS
                .iter()
                .filter_map(|action| Some((*from, from.after(*action).ok()?)))
        })
        .collect();
    assert_eq!(
        arrows,
        [
            (Draft, InFirstReview),
            (Draft, Withdrawn),
            (InFirstReview, InFinalReview),
            (InFirstReview, Returned),
            (InFirstReview, Withdrawn),
            (InFinalReview, Returned),
            (InFinalReview, Approved),
            (InFinalReview, Rejected),
            (InFinalReview, Withdrawn),
            (Returned, InFirstReview),
            (Returned, Withdrawn),
        ]
    );
}

fn in_final_review(first_reviewer: Uuid) -> Progress {
    let form = complete();
    let step = draft(person(0))
        .submit(&Submitting {
            verified: true,
            form: &form,
            accepting: true,
        })
        .unwrap();
    step.after
        .review(Action::PassFirstReview, by(first_reviewer))
        .unwrap()
        .after
}

fn by(reviewer: Uuid) -> Reviewing {
    Reviewing {
        reviewer,
        own: reviewer == person(0),
        consent_stands: true,
        already_member: false,
    }
}

#[test]
fn the_first_reviewer_cannot_approve_but_may_return_or_reject() {
    let progress = in_final_review(person(1));
    assert_eq!(
        progress.review(Action::Approve, by(person(1))),
        Err(Error::FourEyes)
    );
    assert!(progress.review(Action::Reject, by(person(1))).is_ok());
    assert!(progress.review(Action::Return, by(person(1))).is_ok());
    assert!(progress.review(Action::Approve, by(person(2))).is_ok());
}

#[test]
fn the_applicant_cannot_review_the_application() {
    let progress = in_final_review(person(1));
    for action in [Action::Approve, Action::Reject, Action::Return] {
        assert_eq!(
            progress.review(action, by(person(0))),
            Err(Error::OwnApplication)
        );
    }
}

#[test]
fn an_application_comes_back_a_hundred_times_and_then_has_to_be_decided() {
    let mut progress = in_final_review(person(1));
    progress.returns = MAX_RETURNS;
    assert_eq!(
        progress.review(Action::Return, by(person(2))),
        Err(Error::ReturnedTooOften(MAX_RETURNS))
    );
    assert!(progress.review(Action::Reject, by(person(2))).is_ok());
}

#[test]
fn a_closed_organisation_takes_no_new_applications_and_finishes_the_returned_ones() {
    let form = complete();
    let closed = Submitting {
        verified: true,
        form: &form,
        accepting: false,
    };
    assert_eq!(draft(person(0)).submit(&closed), Err(Error::Closed));
    let returned = in_final_review(person(1))
        .review(Action::Return, by(person(2)))
        .unwrap()
        .after;
    assert!(returned.submit(&closed).is_ok());
}
