//! The subject of a ticket.

use uuid::Uuid;

/// The registration and the activity that a ticket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The registration.
    pub registration_id: Uuid,
    /// Its activity.
    pub activity_id: Uuid,
}
