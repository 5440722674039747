//! What may happen to an application, and who may do it.
//!
//! ```text
//!   DRAFT ──submit───→ IN_FIRST_REVIEW ──pass──→ IN_FINAL_REVIEW ──approve──→ APPROVED
//!                        │    ↑                     │        └─────reject───→ REJECTED
//!                      return submit again        return
//!                        ↓    │                     │
//!                       RETURNED ←──────────────────┘
//!   any of the undecided ──withdraw──→ WITHDRAWN
//! ```

use uuid::Uuid;

use super::{Error, State, form::Form};

/// How often an application can be returned. Beyond that, applicant and society have to settle it elsewhere.
pub(crate) const MAX_RETURNS: i16 = 100;

/// What can happen to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Submit,
    PassFirstReview,
    Return,
    Approve,
    Reject,
    Withdraw,
}

impl Action {
    /// Where it leads.
    pub(crate) const fn leads_to(self) -> State {
        match self {
            Self::Submit => State::InFirstReview,
            Self::PassFirstReview => State::InFinalReview,
            Self::Return => State::Returned,
            Self::Approve => State::Approved,
            Self::Reject => State::Rejected,
            Self::Withdraw => State::Withdrawn,
        }
    }
}

impl State {
    /// Whether nothing happens to it any more.
    pub(crate) const fn is_decided(self) -> bool {
        matches!(self, Self::Approved | Self::Rejected | Self::Withdrawn)
    }

    /// Whether the applicant may change it.
    pub(crate) const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// The state after `action`; the arrows of the drawing above, and no others.
    pub(crate) fn after(self, action: Action) -> Result<State, Error> {
        let allowed = match action {
            Action::Submit => self.is_editable(),
            Action::PassFirstReview => self == Self::InFirstReview,
            Action::Return => matches!(self, Self::InFirstReview | Self::InFinalReview),
            Action::Approve | Action::Reject => self == Self::InFinalReview,
            Action::Withdraw => !self.is_decided(),
        };
        if allowed {
            Ok(action.leads_to())
        } else {
            Err(Error::IllegalMove {
                from: self,
                to: action.leads_to(),
            })
        }
    }
}

/// The states an application has been in: bit n stands for the state with number n in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entered(pub i16);

impl Entered {
    /// A new draft.
    pub(crate) const DRAFT: Self = Self(1 << State::Draft.to_wire());

    pub(crate) const fn has(self, state: State) -> bool {
        self.0 & (1 << state.to_wire()) != 0
    }

    pub(crate) const fn and(self, state: State) -> Self {
        Self(self.0 | 1 << state.to_wire())
    }
}

/// How far an application has come: what the rules need to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub state: State,
    /// The person who applies.
    pub applicant: Uuid,
    /// Who passed the first review since it was last submitted.
    pub first_reviewer: Option<Uuid>,
    pub entered: Entered,
    pub returns: i16,
}

/// A step that is allowed, and the progress after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub from: State,
    pub after: Progress,
    /// Whether it enters the new state for the first time.
    pub first_time: bool,
}

/// What is known when the applicant submits.
#[derive(Debug)]
pub(crate) struct Submitting<'a> {
    /// Whether the real name is verified and known.
    pub verified: bool,
    pub form: &'a Form,
    /// Whether the organisation takes applications now.
    pub accepting: bool,
}

/// What is known when staff act.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reviewing {
    /// The person who acts.
    pub reviewer: Uuid,
    /// Whether it is the reviewer's own application.
    pub own: bool,
    /// Whether the organisation may still see name and form.
    pub consent_stands: bool,
    /// Whether the applicant has become a member meanwhile.
    pub already_member: bool,
}

impl Progress {
    /// Whether the applicant may change category and form.
    pub(crate) fn edit(&self) -> Result<(), Error> {
        if self.state.is_editable() {
            Ok(())
        } else {
            Err(Error::NotEditable(self.state))
        }
    }

    /// The applicant submits it, for the first time or again. An organisation that has stopped taking applications still
    /// finishes those it has returned.
    pub(crate) fn submit(&self, facts: &Submitting<'_>) -> Result<Step, Error> {
        let step = self.step(Action::Submit)?;
        if !facts.accepting && self.state == State::Draft {
            return Err(Error::Closed);
        }
        if !facts.verified {
            return Err(Error::NotVerified);
        }
        let gaps = facts.form.gaps();
        if !gaps.is_empty() {
            return Err(Error::Incomplete(gaps));
        }
        Ok(step)
    }

    /// The applicant takes it back.
    pub(crate) fn withdraw(&self) -> Result<Step, Error> {
        self.step(Action::Withdraw)
    }

    /// Staff pass, return, approve or reject it.
    pub(crate) fn review(&self, action: Action, facts: Reviewing) -> Result<Step, Error> {
        if facts.own {
            return Err(Error::OwnApplication);
        }
        let mut step = self.step(action)?;
        // What cannot be read cannot be passed. It can be returned, to ask for a new consent, or refused.
        if matches!(action, Action::PassFirstReview | Action::Approve) && !facts.consent_stands {
            return Err(Error::ConsentWithdrawn);
        }
        match action {
            Action::PassFirstReview => step.after.first_reviewer = Some(facts.reviewer),
            Action::Approve if self.first_reviewer == Some(facts.reviewer) => {
                return Err(Error::FourEyes);
            }
            Action::Approve if facts.already_member => return Err(Error::AlreadyMember),
            Action::Return if self.returns >= MAX_RETURNS => {
                return Err(Error::ReturnedTooOften(self.returns));
            }
            Action::Return => step.after.returns += 1,
            Action::Submit | Action::Approve | Action::Reject | Action::Withdraw => {}
        }
        Ok(step)
    }

    /// The step to a state that the case on the organisation's route has led to.
    pub(crate) fn routed(&self, to: State) -> Step {
        Step {
            from: self.state,
            first_time: !self.entered.has(to),
            after: Self {
                state: to,
                applicant: self.applicant,
                // The case knows who decided.
                first_reviewer: None,
                entered: self.entered.and(to),
                returns: self.returns + i16::from(to == State::Returned),
            },
        }
    }

    fn step(&self, action: Action) -> Result<Step, Error> {
        let to = self.state.after(action)?;
        let first_reviewer = match to {
            // A new round: what was passed before says nothing about what is submitted now.
            State::InFirstReview | State::Returned => None,
            _ => self.first_reviewer,
        };
        Ok(Step {
            from: self.state,
            first_time: !self.entered.has(to),
            after: Self {
                state: to,
                applicant: self.applicant,
                first_reviewer,
                entered: self.entered.and(to),
                returns: self.returns,
            },
        })
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
