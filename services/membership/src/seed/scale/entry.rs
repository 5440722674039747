//! A made-up application with all that came of it.

use synthetic::{Kind, id};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{applications, categories::Category, memberships::State};

/// Applications that one person has at most: three memberships and one application without one.
pub(super) const APPLICATIONS_PER_PERSON: u64 = 4;

/// Events of one application at most.
pub(super) const EVENTS_PER_APPLICATION: u64 = 5;

/// An application with all that came of it.
pub(super) struct Entry {
    /// The person's ordinal, times [`APPLICATIONS_PER_PERSON`], and which of theirs it is.
    pub(super) ordinal: u64,
    /// The society's place among all.
    pub(super) society: usize,
    pub(super) person_id: Uuid,
    pub(super) person_number: String,
    pub(super) division_code: String,
    pub(super) category: Category,
    pub(super) form_sealed: Vec<u8>,
    pub(super) name_sealed: Vec<u8>,
    /// What happened to it, from the draft on; at least two.
    pub(super) steps: Vec<Step>,
    /// Why it was returned or rejected, if it was.
    pub(super) reason_sealed: Option<Vec<u8>>,
    pub(super) membership: Option<Joined>,
}

/// A step of an application.
pub(super) struct Step {
    pub(super) to: applications::State,
    pub(super) at: OffsetDateTime,
    /// Which of the two reviewers; `None`: the applicant.
    pub(super) reviewer: Option<u64>,
}

/// The membership that began.
pub(super) struct Joined {
    pub(super) decided_at: OffsetDateTime,
    pub(super) joined_on: Date,
    /// Filled in when the numbers are allocated.
    pub(super) member_number: String,
    pub(super) name_hash: Vec<u8>,
    pub(super) state: State,
    pub(super) changed_at: OffsetDateTime,
}

impl Entry {
    pub(super) fn application_id(&self) -> Uuid {
        id(Kind::Application, self.ordinal)
    }

    pub(super) fn consent_id(&self) -> Uuid {
        id(Kind::Consent, self.ordinal)
    }

    pub(super) fn membership_id(&self) -> Uuid {
        id(Kind::Membership, self.ordinal)
    }

    /// Where it stands.
    pub(super) fn state(&self) -> applications::State {
        self.steps
            .last()
            .map_or(applications::State::Draft, |step| step.to)
    }

    /// When it came to this state.
    pub(super) fn reached(&self, state: applications::State) -> Option<OffsetDateTime> {
        let step = self.steps.iter().find(|step| step.to == state);
        step.map(|step| step.at)
    }

    /// Who passes the first review (0) and who approves (1) in its society.
    pub(super) fn reviewer(&self, which: u64) -> Uuid {
        id(Kind::Reviewer, 2 * self.society as u64 + which)
    }
}
