//! A decision of staff.

use kit::access::PersonCaller;
use time::OffsetDateTime;

use super::rules::Action;

/// What is decided, by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision<'a> {
    pub action: Action,
    /// Which step it is about; `None` where the action says it.
    pub step: Option<usize>,
    /// For the applicant to read; when returning and rejecting.
    pub reason: Option<&'a str>,
    pub reviewer: &'a PersonCaller,
    pub now: OffsetDateTime,
}
