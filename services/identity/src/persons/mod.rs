//! The person registry: one natural person, one number, one account.

pub mod age;
pub mod rpc;
pub mod rules;
pub mod store;
pub mod verifier;

use kit::errors::Problem;
use proto::reasons;

use self::{
    rules::{NameError, ResidentIdError, VerifiedOtherwise},
    verifier::VerifierError,
};

/// Why something about a person is refused.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// No resident identity number.
    #[error("resident_id_number: {0}")]
    ResidentId(#[from] ResidentIdError),
    /// No name.
    #[error("name: {0}")]
    Name(#[from] NameError),
    /// The authority knows the number with another name, or not at all.
    #[error("name and number do not belong together")]
    Mismatch,
    /// The authority cannot be asked.
    #[error("the verification service does not answer")]
    Unavailable(#[source] VerifierError),
    /// The number belongs to another person of the registry.
    #[error("the number is somebody else's")]
    InUse,
    /// Verified already, with something else.
    #[error(transparent)]
    Otherwise(#[from] VerifiedOtherwise),
    /// The record was changed since it was read.
    #[error("changed in the meantime")]
    Outdated,
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::ResidentId(error) => {
                Self::of(&reasons::RESIDENT_ID_INVALID).field("resident_id_number", error.words())
            }
            PersonError::Name(error) => Self::invalid("name", error.words()),
            PersonError::Mismatch => Self::of(&reasons::NAME_AND_NUMBER_DIFFER),
            PersonError::Unavailable(cause) => Self::of(&reasons::VERIFIER_UNAVAILABLE)
                .retry_after(std::time::Duration::from_secs(60))
                .because(cause),
            PersonError::InUse => Self::of(&reasons::DOCUMENT_IN_USE),
            PersonError::Otherwise(_) => Self::of(&reasons::ALREADY_VERIFIED),
            PersonError::Outdated => Self::of(&reasons::ETAG_MISMATCH),
        }
    }
}
