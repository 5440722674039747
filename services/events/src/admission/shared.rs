//! What callers and workers of one process share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kit::{clock::Clock, db::Db};
use tokio::sync::oneshot;

use super::{applicant::Applicant, error::AdmissionError, limits::Limits, queues::Queues};
use crate::registrations::Registration;

pub(super) type Answer = Result<Registration, AdmissionError>;

/// The waiting requests, and what is needed to decide them.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) queues: Mutex<Queues<PendingRequest>>,
}

#[derive(Debug)]
pub(super) struct PendingRequest {
    pub(super) applicant: Applicant,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Shared {
    pub(super) fn queues(&self) -> MutexGuard<'_, Queues<PendingRequest>> {
        // Nothing that can panic happens under this lock.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
