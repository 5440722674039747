//! Guardians: a person under 14 is verified when an adult who answers for them agrees (PIPL art. 31).
//!
//! The child hands over a code; the guardian enters it under an account of their own, sees for whom it is, and confirms or refuses. Neither
//! names the other by a number, so neither learns who is in the registry, and no stranger is asked anything.

mod decide;
pub mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::reasons;

pub use self::rpc::Guardians;
use self::rules::GuardianError;

impl From<GuardianError> for Problem {
    fn from(error: GuardianError) -> Self {
        match error {
            GuardianError::NotNeeded => Self::of(&reasons::GUARDIAN_NOT_NEEDED),
            GuardianError::CodeWrong => Self::of(&reasons::GUARDIAN_CODE_WRONG),
            GuardianError::NotEligible => Self::of(&reasons::GUARDIAN_NOT_ELIGIBLE),
            GuardianError::TooMany => {
                Self::of(&reasons::GUARDIAN_WARDS_FULL).with("most", rules::MOST_WARDS)
            }
            GuardianError::NotFound => Self::of(&reasons::WARD_NOT_FOUND),
            GuardianError::State(..) => Self::of(&reasons::WARD_STATE).because(error),
        }
    }
}
