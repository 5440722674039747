//! Sessions: what the cookie of a browser stands for.
//!
//! The secret is 256 random bits, kept as SHA-256, and leaves identity once: in the metadata [`SESSION`] of the answer that opens the
//! session. The gateway makes the cookie of it, and turns the cookie into a short-lived access token with every request, so a
//! session that has ended is refused at once.

mod end;
mod method;
mod open;
mod opened;
pub mod rpc;
pub mod rules;
pub mod store;
mod tokens;

use kit::errors::Problem;
use proto_identity::reasons;

pub(crate) use end::{end_all, end_one};
pub use method::Method;
pub(crate) use open::open;
pub use opened::{Opened, SESSION, SESSION_MAX_AGE, detach};
pub use rpc::Sessions;

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
