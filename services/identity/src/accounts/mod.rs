//! Accounts: signing up, changing the password, and the way back when it is forgotten.

mod register;
pub mod rpc;
pub mod rules;
pub mod store;
mod view;

use kit::errors::Problem;
use proto_identity::reasons;

pub(crate) use self::register::register;
pub use self::rpc::Accounts;
use self::rules::PasswordError;

/// Why something about an account is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The password is not taken; the field it came in.
    #[error("{0}: {1}")]
    Password(&'static str, PasswordError),
    /// The present password is wrong.
    #[error("the present password is wrong")]
    PasswordWrong,
    /// The address has an account, and the caller has proved to own the address.
    #[error("the address has an account")]
    AddressInUse,
    /// The account was changed by another request at the same time.
    #[error("changed at the same time")]
    Changed,
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Password(field, error) => {
                Self::of(&reasons::PASSWORD_WEAK).field(field, error.words())
            }
            AccountError::PasswordWrong => Self::of(&reasons::PASSWORD_WRONG).field(
                "current_password",
                (
                    "Not your present password; type it again.",
                    "与当前密码不符，请重新输入。",
                ),
            ),
            AccountError::AddressInUse => Self::of(&reasons::ADDRESS_IN_USE),
            AccountError::Changed => Self::of(&reasons::CONFLICT),
        }
    }
}
