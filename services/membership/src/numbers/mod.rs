//! Member numbers: three characters for the organisation, seven digits, a class letter. Never changed, never given twice.
//!
//! An organisation gets its three characters and its counter when it first takes applications. The counter's row is locked by the
//! transaction that admits members, so two approvals cannot get the same number; a transaction that fails gives its
//! numbers back, one that commits uses them up for good.

pub(crate) mod rules;
pub(crate) mod store;

use kit::errors::Problem;
use proto_membership::reasons;

/// Why an organisation cannot number its members.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// All three-character prefixes are in use.
    #[error("no prefix for member numbers is left")]
    PrefixesExhausted,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::PrefixesExhausted => Problem::of(&reasons::MEMBER_PREFIXES_EXHAUSTED),
            Error::Database(error) => error.into(),
        }
    }
}
