//! Who proposes, and who decides. Pure.

use database::stored_enum;
use kit::access::roles::Role;
use proto_identity::v1::grant_proposal;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::grants::rules::{self, Decider, GrantError, Subject};

/// How long a proposal waits.
pub const LIFETIME: Duration = Duration::days(7);

stored_enum! {
    /// What is proposed.
    pub enum Action: grant_proposal::Action {
        /// To give a role.
        Give = "give",
        /// To take one.
        Take = "take",
    }
}

stored_enum! {
    /// Where a proposal stands.
    pub enum State: grant_proposal::State {
        /// Not decided yet.
        Waiting = "waiting",
        /// Decided, and carried out.
        Approved = "approved",
        /// Decided against.
        Declined = "declined",
        /// Taken back by who proposed it.
        Withdrawn = "withdrawn",
        /// Not decided in time.
        Expired = "expired",
    }
}

/// Why something about a proposal is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// It is decided, taken back or too old.
    #[error("the proposal does not wait any more")]
    NotWaiting,
    /// The decider proposed it, or it is about them.
    #[error("the proposal is the decider's own")]
    Own,
    /// Who proposed it has lost the right to.
    #[error("who proposed it may no longer do so")]
    Proposer,
    /// The role needs no second person.
    #[error("one person gives and takes this role")]
    OnePerson,
    /// There is no such grant to take.
    #[error("the person does not hold this role there")]
    NotHeld,
    /// It is not possible, with any decider.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

/// A proposal as it is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    /// What.
    pub action: Action,
    /// Who proposed it.
    pub proposed_by: Uuid,
    /// As stored.
    pub state: State,
    /// UTC.
    pub expires_at: OffsetDateTime,
}

impl Proposal {
    /// Where it stands: one that waited too long has expired, whether or not that has been written.
    pub fn state_at(&self, now: OffsetDateTime) -> State {
        match self.state {
            State::Waiting if self.expires_at <= now => State::Expired,
            state => state,
        }
    }
}

/// Whether this can be proposed at all, and carried out: `holders` people hold the role there, the subject among them if `held`.
pub fn possible(
    action: Action,
    to: &Subject,
    role: &Role,
    held: bool,
    holders: i64,
) -> Result<(), ProposalError> {
    if !role.two_people {
        return Err(ProposalError::OnePerson);
    }
    match action {
        Action::Give => Ok(rules::may_hold(to.verified, &to.held, role)?),
        Action::Take if !held => Err(ProposalError::NotHeld),
        Action::Take => Ok(rules::can_spare_one(role, holders)?),
    }
}

/// Whether the person may propose it.
pub fn propose(by: &Decider, about: Uuid, role: &Role) -> Result<(), ProposalError> {
    rules::decides(by, role)?;
    if by.person_id == about {
        Err(ProposalError::Own)
    } else {
        Ok(())
    }
}

/// The state to which the decision leads. `proposer`: the rights of who proposed it, as they are now.
pub fn decide(
    proposal: &Proposal,
    by: &Decider,
    proposer: &Decider,
    about: Uuid,
    role: &Role,
    approved: bool,
    now: OffsetDateTime,
) -> Result<State, ProposalError> {
    rules::decides(by, role)?;
    let own = by.person_id == proposal.proposed_by;
    // Whom it is about has no part in it; who proposed it may only take it back.
    if by.person_id == about || (own && approved) {
        return Err(ProposalError::Own);
    }
    if proposal.state_at(now) != State::Waiting {
        return Err(ProposalError::NotWaiting);
    }
    if !approved {
        return Ok(if own {
            State::Withdrawn
        } else {
            State::Declined
        });
    }
    rules::decides(proposer, role).map_err(|_| ProposalError::Proposer)?;
    Ok(State::Approved)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
