//! Answers that bring a session along, or take it away.

use time::OffsetDateTime;
use tonic::{
    Response,
    metadata::{Ascii, MetadataValue},
};

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
    pub(crate) opened_at: OffsetDateTime,
}

impl Opened {
    /// An answer that brings the session along.
    pub fn attach<T>(&self, answer: T) -> Response<T> {
        let mut response = Response::new(answer);
        let metadata = response.metadata_mut();
        for (name, secret) in [(SESSION, &self.secret), (devices::DEVICE, &self.device)] {
            // base64url is a valid value.
            if let Ok(mut secret) = secret.parse::<MetadataValue<Ascii>>() {
                secret.set_sensitive(true);
                metadata.insert(name, secret);
            }
        }
        let seconds = (self.row.expires_at - self.opened_at).whole_seconds();
        metadata.insert(SESSION_MAX_AGE, MetadataValue::from(seconds));
        let seconds = devices::LIFETIME.whole_seconds();
        metadata.insert(devices::DEVICE_MAX_AGE, MetadataValue::from(seconds));
        response
    }
}

/// An answer that takes the calling session away.
pub fn detach<T>(answer: T) -> Response<T> {
    let mut response = Response::new(answer);
    response
        .metadata_mut()
        .insert(SESSION, MetadataValue::from_static(""));
    response
        .metadata_mut()
        .insert(SESSION_MAX_AGE, MetadataValue::from_static("0"));
    response
}
