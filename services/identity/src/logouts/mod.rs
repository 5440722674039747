//! Telling sites that a session has ended (OpenID Connect Back-Channel Logout 1.0): a job for each site that was signed in to in it and has
//! an address for this. The job is left in the transaction that ends the session, so none is lost; it is tried for a day.

mod leave;
pub mod sender;
pub mod store;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use leave::{leave, leave_expired};

/// The kind of job.
pub const KIND: &str = "backchannel_logout";

/// What a job says: ids, and nothing that only the person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logout {
    /// Which site is told.
    pub client_id: Uuid,
    /// Which session has ended.
    pub session_id: Uuid,
    /// Of whom.
    pub person_id: Uuid,
}
