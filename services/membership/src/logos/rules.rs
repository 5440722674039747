//! Who may do what with a logo, and when.

use uuid::Uuid;

use super::{Error, State};

/// A proposed logo is published by another person than the one who proposed it.
pub(crate) fn publish(state: State, proposed_by: Uuid, publisher: Uuid) -> Result<(), Error> {
    match state {
        State::Proposed if proposed_by == publisher => Err(Error::FourEyes),
        State::Proposed => Ok(()),
        other => Err(Error::State(other)),
    }
}

/// What is proposed or published can be taken away, by its proposer as well: that shows nothing.
pub(crate) fn withdraw(state: State) -> Result<(), Error> {
    if has_files(state) {
        Ok(())
    } else {
        Err(Error::State(state))
    }
}

/// Whether there still are files.
pub(crate) fn has_files(state: State) -> bool {
    matches!(state, State::Proposed | State::Published)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_publishes_what_they_proposed() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(publish(State::Proposed, one, other), Ok(()));
        assert_eq!(publish(State::Proposed, one, one), Err(Error::FourEyes));
    }

    #[test]
    fn what_has_ended_stays_so() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for state in [State::Published, State::Withdrawn, State::Replaced] {
            assert_eq!(publish(state, one, other), Err(Error::State(state)));
        }
        assert_eq!(withdraw(State::Proposed), Ok(()));
        assert_eq!(withdraw(State::Published), Ok(()));
        for state in [State::Withdrawn, State::Replaced] {
            assert_eq!(withdraw(state), Err(Error::State(state)));
        }
    }
}
