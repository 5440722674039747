//! Real-name verification (实名认证): a person proves name and resident identity number.
//!
//! Stands on the registry, which keeps what was proved, on the authority, which knows whose a number is, and on the guardians, who were asked
//! about what the registry held before.

pub mod rpc;
pub mod rules;

use kit::errors::Problem;
use proto_identity::reasons;

pub use self::rpc::Persons;

use self::rules::VerifiedOtherwise;
use crate::{
    persons::rules::NameError,
    resident_id::{rules::ResidentIdError, verifier::VerifierError},
};

/// Why a real name is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
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
    /// Verified already, with something else.
    #[error(transparent)]
    Otherwise(#[from] VerifiedOtherwise),
}

impl From<VerificationError> for Problem {
    fn from(error: VerificationError) -> Self {
        match error {
            VerificationError::ResidentId(error) => {
                Self::of(&reasons::RESIDENT_ID_INVALID).field("resident_id_number", error.words())
            }
            VerificationError::Name(error) => Self::invalid("name", error.words()),
            VerificationError::Mismatch => Self::of(&reasons::NAME_AND_NUMBER_DIFFER),
            VerificationError::Unavailable(cause) => Self::of(&reasons::VERIFIER_UNAVAILABLE)
                .retry_after(std::time::Duration::from_secs(60))
                .because(cause),
            VerificationError::Otherwise(_) => Self::of(&reasons::ALREADY_VERIFIED),
        }
    }
}
