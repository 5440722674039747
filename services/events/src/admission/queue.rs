//! Those who wait in this process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kit::{clock::Clock, db::Db};
use tokio::sync::oneshot;

use super::{applicant::Applicant, desks::Desks, error::AdmissionError, limits::Limits};
use crate::registrations::Registration;

pub(super) type Answer = Result<Registration, AdmissionError>;

/// The requests that wait, and what is needed to decide them.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) desks: Mutex<Desks<Waiting>>,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) applicant: Applicant,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Inner {
    pub(super) fn desks(&self) -> MutexGuard<'_, Desks<Waiting>> {
        // Nothing that can panic happens under this lock.
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
