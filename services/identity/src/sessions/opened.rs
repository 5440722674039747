//! Answers that bring a session along, or take it away.

use kit::{Call, errors::Result};
use time::OffsetDateTime;

use super::store;
use crate::devices;

/// Metadata of an answer: the secret of the session that was opened; empty if the calling session has ended.
pub const SESSION: &str = "x-cast-session";
/// Metadata of an answer: seconds until the session ends at the latest; 0 if it has ended.
pub const SESSION_MAX_AGE: &str = "x-cast-session-max-age";

/// A session that was just opened, with its secret and that of the device.
pub struct Opened {
    pub(crate) row: store::Row,
    pub(crate) secret: String,
    /// The new secret of the device.
    pub(crate) device: String,
    /// What the device was to the account before.
    pub(crate) met: devices::Met,
    pub(crate) opened_at: OffsetDateTime,
}

impl Opened {
    /// Sends the session along with the answer of this call.
    pub fn attach<T>(&self, call: &Call<T>) -> Result<()> {
        let session_seconds = (self.row.expires_at - self.opened_at).whole_seconds();
        let device_seconds = devices::LIFETIME.whole_seconds();
        call.attach(SESSION, &self.secret)?;
        call.attach(SESSION_MAX_AGE, &session_seconds.to_string())?;
        call.attach(devices::DEVICE, &self.device)?;
        call.attach(devices::DEVICE_MAX_AGE, &device_seconds.to_string())
    }
}

/// Takes the calling session away with the answer of this call.
pub fn detach<T>(call: &Call<T>) -> Result<()> {
    call.attach(SESSION, "")?;
    call.attach(SESSION_MAX_AGE, "0")
}
