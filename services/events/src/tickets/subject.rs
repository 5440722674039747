//! The subject of a ticket.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The registration and the activity that a ticket is for: the payload of its token. Short, for a QR code that phones scan fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The registration.
    #[serde(rename = "sub", with = "signing::short_id")]
    pub registration_id: Uuid,
    /// Its activity.
    #[serde(rename = "activity", with = "signing::short_id")]
    pub activity_id: Uuid,
}
