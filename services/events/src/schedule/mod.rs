//! The times of an activity (时间安排), and what follows from them alone: until when one registers, when the check-in desk is open, how much
//! attendance can be worth. Organisers change the times, the desk keeps to them, so both stand on this.

pub mod rules;

use time::OffsetDateTime;

/// When it takes place and until when one can register.
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
