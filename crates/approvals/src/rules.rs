//! How a case walks its route. Its state is what its history makes of it: [`fold`]. A decision is asked of [`State::decide`],
//! whose answer is the next entry of the history.
//!
//! ```text
//!   ──submit──→ WAITING in step 1 ──pass──→ step 2 … ──pass──→ PASSED
//!                  │       ↑       └─reject─→ REJECTED
//!                return  submit again (a new round: step 1)
//!                  ↓       │
//!                 RETURNED ┘               WAITING, RETURNED ──withdraw──→ WITHDRAWN ──submit again──→
//! ```

use uuid::Uuid;

use crate::{
    route::{Quorum, Route, Step},
    words::{Decision, Standing, What},
};

/// How often a case can be returned.
pub const MAX_RETURNS: usize = 100;

/// One thing that happened to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub what: What,
    /// The step that was decided, 1 the first; 0 for what those do who hand in.
    pub step: usize,
    /// Who did it.
    pub person: Uuid,
    /// Whose place it was.
    pub seat: Uuid,
    /// Whether by escalation: such a decision counts for all that the step needs.
    pub escalated: bool,
}

/// Who decides now, and in whose place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The person.
    pub person: Uuid,
    /// The same, or the one who is stood in for.
    pub seat: Uuid,
    /// Whether by escalation.
    pub escalated: bool,
}

/// Why a decision is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not wait for a decision.
    NotWaiting(Standing),
    /// It is in another step, this one.
    OtherStep(usize),
    /// The step is for others.
    NotYours,
    /// The person, or the one who is stood in for, handed it in.
    HandedIn,
    /// The person, or the one who is stood in for, decided an earlier step.
    FourEyes,
    /// The person, or the one who is stood in for, has decided this step.
    Again,
    /// The step does not return.
    NoReturn,
    /// The step does not refuse.
    NoRejection,
    /// It was returned so often.
    ReturnedTooOften(usize),
}

/// What a caller may do with the step in which a case waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Let it pass.
    pub pass: bool,
    /// Return it.
    pub back: bool,
    /// Refuse it.
    pub reject: bool,
}

impl Allowed {
    /// Whether it is anything at all.
    pub fn any(self) -> bool {
        self.pass || self.back || self.reject
    }
}

/// How a case stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where; `None` before it is handed in.
    pub standing: Option<Standing>,
    /// The step in which it waits, or waited last; 0 before it is handed in.
    pub step: usize,
    /// Those who handed it in.
    pub handed_in: Vec<Uuid>,
    /// What was decided since it was last handed in.
    pub decisions: Vec<Entry>,
    /// How often it was returned.
    pub returns: usize,
}

/// The state that a history leads to.
pub fn fold(route: &Route, handed_in: &[Uuid], history: &[Entry]) -> State {
    let mut state = State {
        standing: None,
        step: 0,
        handed_in: handed_in.to_vec(),
        decisions: Vec::new(),
        returns: 0,
    };
    for entry in history {
        state.apply(route, *entry);
    }
    state
}

impl State {
    /// Those who handed it in hand it in, for the first time or again.
    pub fn submit(&self, person: Uuid) -> Result<Entry, Refusal> {
        match self.standing {
            None | Some(Standing::Returned | Standing::Withdrawn) => {
                Ok(of_those(What::Submitted, person))
            }
            Some(standing) => Err(Refusal::NotWaiting(standing)),
        }
    }

    /// Those who handed it in take it back.
    pub fn withdraw(&self, person: Uuid) -> Result<Entry, Refusal> {
        match self.standing {
            Some(Standing::Waiting | Standing::Returned) => Ok(of_those(What::Withdrawn, person)),
            other => Err(Refusal::NotWaiting(other.unwrap_or(Standing::Withdrawn))),
        }
    }

    /// A decider decides this step.
    pub fn decide(
        &self,
        route: &Route,
        step: usize,
        decision: Decision,
        by: Decider,
    ) -> Result<Entry, Refusal> {
        let waiting = self.standing == Some(Standing::Waiting);
        let (Some(here), true) = (route.step(self.step), waiting) else {
            return Err(Refusal::NotWaiting(
                self.standing.unwrap_or(Standing::Withdrawn),
            ));
        };
        if step != self.step {
            return Err(Refusal::OtherStep(self.step));
        }
        if self.handed_in.contains(&by.person) || self.handed_in.contains(&by.seat) {
            return Err(Refusal::HandedIn);
        }
        let decided = |step: &dyn Fn(usize) -> bool| {
            self.decisions
                .iter()
                .any(|earlier| step(earlier.step) && is_one_of(earlier, &by))
        };
        let again = decided(&|earlier| earlier == self.step);
        let what = match decision {
            // An escalation is to others than those who have voted: it counts for the whole step.
            _ if by.escalated && again => return Err(Refusal::Again),
            Decision::Pass if here.four_eyes && decided(&|earlier| earlier < self.step) => {
                return Err(Refusal::FourEyes);
            }
            Decision::Return if !here.may_return => return Err(Refusal::NoReturn),
            Decision::Return if self.returns >= MAX_RETURNS => {
                return Err(Refusal::ReturnedTooOften(self.returns));
            }
            Decision::Reject if !here.may_reject => return Err(Refusal::NoRejection),
            Decision::Pass | Decision::Reject if again => return Err(Refusal::Again),
            Decision::Pass => What::Passed,
            Decision::Return => What::Returned,
            Decision::Reject => What::Rejected,
        };
        Ok(Entry {
            what,
            step,
            person: by.person,
            seat: by.seat,
            escalated: by.escalated,
        })
    }

    /// What this decider may do now.
    pub fn allowed(&self, route: &Route, by: Decider) -> Allowed {
        let may = |decision| self.decide(route, self.step, decision, by).is_ok();
        Allowed {
            pass: may(Decision::Pass),
            back: may(Decision::Return),
            reject: may(Decision::Reject),
        }
    }

    /// Those whose place does not count in the step in which it waits: who handed in, who has decided the step, and with four eyes who
    /// decided an earlier one.
    pub fn barred(&self, route: &Route) -> Vec<Uuid> {
        let four_eyes = route.step(self.step).is_some_and(|step| step.four_eyes);
        let counts = |entry: &&Entry| four_eyes || entry.step == self.step;
        let decided = self.decisions.iter().filter(counts);
        let people = decided.flat_map(|entry| [entry.person, entry.seat]);
        self.handed_in.iter().copied().chain(people).collect()
    }

    /// How many have let this step pass since it was last handed in.
    pub fn passes(&self, step: usize) -> usize {
        self.count(What::Passed, step)
    }

    /// How many have to let this step pass. Of named people, those who may not decide are not waited for.
    pub fn needed(&self, route: &Route, step: usize) -> usize {
        let Some(here) = route.step(step) else {
            return 1;
        };
        match here.quorum {
            Quorum::One => 1,
            Quorum::AtLeast(number) => usize::from(number).max(1),
            Quorum::All => self.available(here, step).unwrap_or(1).max(1),
        }
    }

    /// The state after an entry that [`submit`](Self::submit), [`withdraw`](Self::withdraw) or [`decide`](Self::decide) gave.
    pub fn apply(&mut self, route: &Route, entry: Entry) {
        match entry.what {
            What::Submitted => {
                self.standing = Some(Standing::Waiting);
                self.step = 1;
                self.decisions.clear();
            }
            What::Withdrawn => self.standing = Some(Standing::Withdrawn),
            What::Returned => {
                self.decisions.push(entry);
                self.standing = Some(Standing::Returned);
                self.returns += 1;
            }
            What::Passed => {
                self.decisions.push(entry);
                let enough = self.passes(self.step) >= self.needed(route, self.step);
                if !entry.escalated && !enough {
                    return;
                }
                if self.step >= route.steps.len() {
                    self.standing = Some(Standing::Passed);
                } else {
                    self.step += 1;
                }
            }
            What::Rejected => {
                self.decisions.push(entry);
                let refused = self.count(What::Rejected, self.step);
                if entry.escalated || refused >= self.needed_to_reject(route) {
                    self.standing = Some(Standing::Rejected);
                }
            }
        }
    }

    /// How many have to refuse the present step: so many that the others are too few to let it pass.
    fn needed_to_reject(&self, route: &Route) -> usize {
        let Some(here) = route.step(self.step) else {
            return 1;
        };
        match here.quorum {
            Quorum::One | Quorum::All => 1,
            Quorum::AtLeast(number) => {
                let wanted = usize::from(number).max(1);
                match self.available(here, self.step) {
                    Some(available) => (available + 1).saturating_sub(wanted).max(1),
                    None => wanted,
                }
            }
        }
    }

    /// How many of the named people may let a step pass; `None` where a permission decides.
    fn available(&self, here: &Step, step: usize) -> Option<usize> {
        let named = here.who.named()?.iter();
        let barred = |person: &&Uuid| {
            self.handed_in.contains(person)
                || (here.four_eyes
                    && self.decisions.iter().any(|earlier| {
                        earlier.step < step
                            && (earlier.person == **person || earlier.seat == **person)
                    }))
        };
        Some(named.filter(|person| !barred(person)).count())
    }

    fn count(&self, what: What, step: usize) -> usize {
        let of_step = |entry: &&Entry| entry.what == what && entry.step == step;
        self.decisions.iter().filter(of_step).count()
    }
}

fn is_one_of(earlier: &Entry, by: &Decider) -> bool {
    [earlier.person, earlier.seat]
        .iter()
        .any(|one| *one == by.person || *one == by.seat)
}

fn of_those(what: What, person: Uuid) -> Entry {
    Entry {
        what,
        step: 0,
        person,
        seat: person,
        escalated: false,
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
