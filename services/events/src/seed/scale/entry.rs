//! A made-up activity with its registrations.

use synthetic::{Kind as IdKind, id};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{activities::Activity, registrations};

/// People of the population per activity, and about as many registrations.
pub(super) const PEOPLE_EACH: u64 = 50;

/// An activity with its registrations.
pub(super) struct Entry {
    pub(super) activity: Activity,
    pub(super) published_at: OffsetDateTime,
    pub(super) registrations: Vec<Seat>,
}

/// A registration.
pub(super) struct Seat {
    /// Its activity's ordinal times [`SEATS`](super::SEATS), and its index there from 0.
    pub(super) ordinal: u64,
    pub(super) person_id: Uuid,
    pub(super) person_number: String,
    pub(super) name_sealed: Option<Vec<u8>>,
    pub(super) division_code: String,
    pub(super) state: registrations::State,
    pub(super) created_at: OffsetDateTime,
    /// When the person was checked in or cancelled.
    pub(super) changed_at: OffsetDateTime,
}

impl Seat {
    pub(super) fn registration_id(&self) -> Uuid {
        id(IdKind::Registration, self.ordinal)
    }
}
