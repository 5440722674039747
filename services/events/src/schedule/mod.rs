//! The times of an activity (时间安排), and what is computed from them alone: when registration closes, when check-in is open, the upper limit
//! of the credit. Shared by `activities`, which changes the times, and `checkin`, which applies them.

pub mod rules;

use time::OffsetDateTime;

/// When an activity takes place and when registration closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// UTC.
    pub starts_at: OffsetDateTime,
    /// UTC, after the start.
    pub ends_at: OffsetDateTime,
    /// Not after the end; `None`: until the start.
    pub registration_closes_at: Option<OffsetDateTime>,
}

impl Schedule {
    /// The first moment at which registration is no longer possible.
    pub fn closes_at(&self) -> OffsetDateTime {
        self.registration_closes_at.unwrap_or(self.starts_at)
    }
}
