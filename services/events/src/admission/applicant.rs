//! The applicant for a seat.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rules;

/// A request for a seat, with what is stored about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// The request as the rules see it. Its `registration_id` is new.
    pub request: rules::Request,
    /// The person's public number.
    pub person_number: String,
    /// The verified name, sealed for `registration_id`; `None` if it is not verified.
    pub person_name: Option<Vec<u8>>,
    /// The answers, sealed for `registration_id`; `None` for none.
    pub answers: Option<Vec<u8>>,
    /// The rows by which the list of registrations is filtered.
    pub rows: Vec<(String, String)>,
    /// The files that the answers name, to be claimed with the seat.
    pub files: Vec<Uuid>,
    /// The trace of the call (W3C Trace Context), which its event carries on.
    pub traceparent: Option<String>,
}

impl Applicant {
    /// The request, when these of the files that are named wait to be claimed.
    pub(super) fn request_with(&self, waiting: &BTreeSet<Uuid>) -> rules::Request {
        rules::Request {
            files_wait: self.files.iter().all(|file| waiting.contains(file)),
            ..self.request.clone()
        }
    }
}
