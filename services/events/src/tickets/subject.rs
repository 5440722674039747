//! What a ticket stands for.

use uuid::Uuid;

/// The registration at the activity that a ticket stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whose seat.
    pub registration_id: Uuid,
    /// Where.
    pub activity_id: Uuid,
}
