//! Sessions: what the cookie of a browser stands for.
//!
//! The secret is 256 random bits, kept as SHA-256, and leaves identity once: in the metadata [`SESSION`] of the answer that opens the
//! session. The gateway makes the cookie of it, and turns the cookie into a short-lived access token with every request, so a
//! session that has ended is refused at once.

pub mod open;
pub mod rpc;
pub mod rules;
pub mod store;
pub mod tokens;

use aws_lc_rs::digest::{SHA256, digest};
use kit::errors::Problem;
use proto::reasons;
use time::OffsetDateTime;
use tonic::{
    Response,
    metadata::{Ascii, MetadataValue},
};

use crate::devices;

/// Metadata of an answer: the secret of the session that was opened; empty if the calling session has ended.
pub const SESSION: &str = "x-cast-session";
/// Metadata of an answer: seconds until the session ends at the latest; 0 if it has ended.
pub const SESSION_MAX_AGE: &str = "x-cast-session-max-age";

/// How a person proved themselves (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With the password.
    Password,
    /// With a one-time code.
    Code,
}

impl Method {
    /// As it is stored, and the value in `amr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Code => "otp",
        }
    }
}

/// Why there is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Wrong address or wrong password.
    #[error("address or password is wrong")]
    Failed,
    /// No live session behind this secret, or none of the caller's.
    #[error("the session has ended")]
    Ended,
    /// Not one of the caller's.
    #[error("no such session")]
    NotFound,
    /// Neither password nor code, or both.
    #[error("a password or a code, not both")]
    PasswordOrCode,
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Failed => Self::of(&reasons::SIGN_IN_FAILED),
            SessionError::Ended => Self::of(&reasons::SESSION_ENDED),
            SessionError::NotFound => Self::of(&reasons::NOT_FOUND),
            SessionError::PasswordOrCode => Self::invalid(
                "password",
                (
                    "Give a password, or a code with its id, and not both.",
                    "请填写密码，或填写验证码，二者选一。",
                ),
            ),
        }
    }
}

/// What is kept of a secret of 256 random bits: guessing it is hopeless, so a plain hash will do.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

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
