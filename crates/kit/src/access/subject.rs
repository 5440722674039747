//! Staff never act on their own affairs. The contract declares for each staff method where the person it acts on is
//! found, and a call about the caller is refused:
//!
//! * in a field of the request: checked here, before the method runs;
//! * by the method, which calls [`Caller::not_about`] after reading the record. The check is recorded, and [`unasked`]
//!   reports a response without it to the layer.

use prost_reflect::{DynamicMessage, MessageDescriptor};
use proto_platform::reasons;
use uuid::Uuid;

use super::{
    caller::{Caller, PersonCaller},
    field::FieldPath,
};
use crate::errors::Problem;

/// The person a method acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// No particular person: it reads, or acts on organisations. Also every method that is not for staff.
    Absent,
    /// The person that the method looks up.
    LookedUp,
    /// The person whose id or public number this field of the request holds.
    Named(FieldPath),
}

impl Subject {
    /// Parses an `access` option for this request type; `None` if it is invalid.
    pub(super) fn read(text: &str, input: &MessageDescriptor) -> Option<Self> {
        match text {
            "none" => Some(Self::Absent),
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

/// Whether a method that has to look the person up made no check. Clients are not persons, so no check is required for
/// them.
pub(super) fn unasked(subject: &Subject, caller: &Caller) -> bool {
    match caller {
        Caller::Person(person) => *subject == Subject::LookedUp && !person.subject_check.is_noted(),
        Caller::Anonymous(_) | Caller::Client(_) | Caller::Service(_) => false,
    }
}

impl Caller {
    /// Refuses a caller who is this person with `OWN_AFFAIRS`: staff never act on their own affairs. Clients pass. Call
    /// it after the caller's right to the record is established, so that it does not reveal whose record it is.
    pub fn not_about(&self, person_id: Uuid) -> Result<(), Problem> {
        match self {
            Self::Person(person) if person.own_among(&[person_id]).is_some() => Err(own_affairs()),
            _ => Ok(()),
        }
    }
}

impl PersonCaller {
    /// The same for a batch: the caller's id if it is among `people`. The rest of the batch is processed.
    pub fn own_among(&self, people: &[Uuid]) -> Option<Uuid> {
        self.subject_check.note();
        people.iter().copied().find(|id| *id == self.person_id)
    }
}

fn own_affairs() -> Problem {
    Problem::of(&reasons::OWN_AFFAIRS)
}
