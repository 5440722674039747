//! One-time codes: six digits that prove that an address belongs to the caller.
//!
//! A code is bound to its purpose and its address, lives ten minutes, bears five tries from where it was asked for (and, counted apart, as
//! many from elsewhere: networks change) and serves once: it is consumed in the
//! transaction of what it proves. Asking for one never tells whether the address has an account. The message to the address does:
//! who signs up with an address that has an account is told so, and who signs in or recovers with one that has none is told
//! that (it costs a message, but an honest person who mixed up two addresses is not left waiting). In both cases a *decoy*
//! is stored: a code that was sent to no address, which behaves like any other.

pub mod proof;
pub mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::{reasons, v1::request_code_request};

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To create an account.
    SignUp,
    /// To sign in without a password.
    SignIn,
    /// To set a new password.
    Recover,
}

impl Purpose {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::SignIn => "sign_in",
            Self::Recover => "recover",
        }
    }
}

impl TryFrom<request_code_request::Purpose> for Purpose {
    type Error = Problem;

    fn try_from(purpose: request_code_request::Purpose) -> Result<Self, Problem> {
        match purpose {
            request_code_request::Purpose::SignUp => Ok(Self::SignUp),
            request_code_request::Purpose::SignIn => Ok(Self::SignIn),
            request_code_request::Purpose::Recover => Ok(Self::Recover),
            request_code_request::Purpose::Unspecified => Err(Problem::invalid(
                "purpose",
                ("Missing; say what the code is for.", "请说明验证码的用途。"),
            )),
        }
    }
}

/// What the message to the address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The code.
    Code,
    /// Why there is none.
    Decoy(Decoy),
}

/// Why a message carries no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoy {
    /// A sign-up with an address that has an account.
    AccountExists,
    /// A sign-in or a recovery with an address that has none.
    NoAccount,
}

/// The language of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The default.
    Chinese,
    /// For those whose browser wants it.
    English,
}

/// Why a code was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Wrong, void, spent, unknown or meant for something else: which of them is not told.
    #[error("the code is wrong; {attempts_left} tries left")]
    Wrong {
        /// Tries that this code still bears.
        attempts_left: i16,
    },
    /// The messages of the day for this address are used up.
    #[error("too many codes were sent to this address today")]
    UsedUp {
        /// When there will be one again.
        wait: time::Duration,
    },
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Wrong { attempts_left } => {
                Problem::of(&reasons::CODE_WRONG).with("attempts_left", attempts_left)
            }
            CodeError::UsedUp { wait } => {
                Problem::of(&reasons::CODES_USED_UP).retry_after(wait.unsigned_abs())
            }
        }
    }
}
