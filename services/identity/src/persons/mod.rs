//! The person registry: one natural person, one number, one account.

pub mod describing;
pub(crate) mod registry;
pub(crate) mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::reasons;

pub use registry::Registry;

/// Why something about a person is refused.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The number belongs to another person of the registry.
    #[error("the number belongs to another person")]
    InUse,
    /// The record was changed since it was read.
    #[error("changed in the meantime")]
    Outdated,
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::InUse => Self::of(&reasons::DOCUMENT_IN_USE),
            PersonError::Outdated => Self::of(&reasons::ETAG_MISMATCH),
        }
    }
}
