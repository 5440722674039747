//! Staff never act on their own affairs. The contract says for each staff method where the person is found whom it acts on, and
//! nobody calls it about themselves:
//!
//! * in a field of the request: decided here, before the method runs;
//! * by the method, which asks [`Caller::not_about`] once it has read the record. That it asked is noted, and [`unasked`] tells the
//!   layer when it answered without.

use prost_reflect::{DynamicMessage, MessageDescriptor};
use proto::reasons;
use uuid::Uuid;

use super::{
    caller::{Caller, PersonCaller},
    field::FieldPath,
};
use crate::errors::Problem;

/// Whom a method acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nobody in particular: it reads, or acts on organisations. Also every method that is not for staff.
    Nobody,
    /// Whom the method finds.
    LookedUp,
    /// Whom this field of the request names by id or public number.
    Named(FieldPath),
}

impl Subject {
    /// What an `access` option says about requests of this type; `None` if that cannot be.
    pub(super) fn read(text: &str, input: &MessageDescriptor) -> Option<Self> {
        match text {
            "none" => Some(Self::Nobody),
            "looked_up" => Some(Self::LookedUp),
            path => FieldPath::read(path, input).map(Self::Named),
        }
    }

    /// Refuses a caller whom the request names.
    pub(crate) fn check(&self, caller: &Caller, request: &DynamicMessage) -> Result<(), Problem> {
        let (Self::Named(field), Caller::Person(person)) = (self, caller) else {
            return Ok(());
        };
        let Some(value) = field.text(request) else {
            return Ok(());
        };
        let value = value.trim();
        let own = value.eq_ignore_ascii_case(&person.person_number)
            || Uuid::try_parse(value).is_ok_and(|id| id == person.person_id);
        if own { Err(own_affairs()) } else { Ok(()) }
    }
}

/// Whether a method that must look the person up has not asked about anybody. Systems are nobody, so there is nothing to ask for them.
pub(super) fn unasked(subject: &Subject, caller: &Caller) -> bool {
    match caller {
        Caller::Person(person) => *subject == Subject::LookedUp && !person.asked.is_noted(),
        Caller::Anonymous(_) | Caller::Client(_) | Caller::Service(_) => false,
    }
}

impl Caller {
    /// Refuses a caller who is this person with `OWN_AFFAIRS`: staff never act on their own affairs. Systems pass. Ask it once the
    /// caller's right to the record is clear, so that nobody else learns whose it is.
    pub fn not_about(&self, person_id: Uuid) -> Result<(), Problem> {
        match self {
            Self::Person(person) if person.own_among(&[person_id]).is_some() => Err(own_affairs()),
            _ => Ok(()),
        }
    }
}

impl PersonCaller {
    /// The same for many people at once: the caller, if they are among these. What is decided on the others goes on.
    pub fn own_among(&self, people: &[Uuid]) -> Option<Uuid> {
        self.asked.note();
        people.iter().copied().find(|id| *id == self.person_id)
    }
}

fn own_affairs() -> Problem {
    Problem::of(&reasons::OWN_AFFAIRS)
}
