//! What a verification of a real name does. Pure.

use crate::resident_id::age::Group;

/// What is known of a person from earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing.
    Nothing,
    /// Verified; whether name and number are those of now.
    Verified(bool),
    /// Waiting for a guardian, and never verified; likewise.
    Awaiting(bool),
    /// Was verified until the guardian withdrew the consent; likewise.
    Suspended(bool),
}

/// What a verification does to the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The person becomes verified.
    Verify,
    /// Name and number are kept until a guardian agrees.
    AwaitGuardian,
    /// Nothing: it is the same name and number as before.
    Repeated,
}

/// A person who is or was verified already, with something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("verified with another name or number")]
pub struct VerifiedOtherwise;

/// What a verification does, by what is known from earlier and by the age that the number says.
pub fn verify(earlier: Earlier, group: Group) -> Result<Verification, VerifiedOtherwise> {
    match (earlier, group) {
        (Earlier::Verified(false) | Earlier::Suspended(false), _) => Err(VerifiedOtherwise),
        (Earlier::Verified(true), _) => Ok(Verification::Repeated),
        (Earlier::Awaiting(true) | Earlier::Suspended(true), Group::Child) => {
            Ok(Verification::Repeated)
        }
        // A child who gives other data than before is asked for anew: a guardian who was asked before was asked about other data.
        (Earlier::Nothing | Earlier::Awaiting(false), Group::Child) => {
            Ok(Verification::AwaitGuardian)
        }
        // Who has grown old enough agrees alone.
        (_, Group::Youth | Group::Adult) => Ok(Verification::Verify),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verification_is_once_in_a_life_and_waits_for_the_guardian_of_a_child() {
        use {Earlier::*, Group::*, Verification::*};
        for group in [Child, Youth, Adult] {
            let waits = if group == Child {
                AwaitGuardian
            } else {
                Verify
            };
            let same = if group == Child { Repeated } else { Verify };
            assert_eq!(verify(Nothing, group), Ok(waits));
            assert_eq!(verify(Awaiting(false), group), Ok(waits));
            assert_eq!(verify(Awaiting(true), group), Ok(same));
            assert_eq!(verify(Suspended(true), group), Ok(same));
            assert_eq!(verify(Verified(true), group), Ok(Repeated));
            for earlier in [Verified(false), Suspended(false)] {
                assert_eq!(verify(earlier, group), Err(VerifiedOtherwise));
            }
        }
    }
}
