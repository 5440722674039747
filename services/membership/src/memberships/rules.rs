//! What may happen to a membership.
//!
//! ```text
//! ACTIVE ⇄ SUSPENDED      suspend, reinstate: staff
//!    └──────┴──→ RESIGNED  resign: the member
//! ```

use super::{Error, State};

impl State {
    /// Whether the person counts as a member: a person is one at most once in an organisation.
    pub(crate) const fn is_member(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }

    /// Whether it can be relied on now.
    pub(crate) const fn in_force(self) -> bool {
        matches!(self, Self::Active)
    }

    /// The state after suspending.
    pub(crate) fn suspend(self) -> Result<State, Error> {
        self.go(State::Suspended, self == State::Active)
    }

    /// The state after putting it in force again.
    pub(crate) fn reinstate(self) -> Result<State, Error> {
        self.go(State::Active, self == State::Suspended)
    }

    /// The state after the member has left. A suspended member can leave, too.
    pub(crate) fn resign(self) -> Result<State, Error> {
        self.go(State::Resigned, self.is_member())
    }

    fn go(self, to: State, allowed: bool) -> Result<State, Error> {
        if allowed {
            Ok(to)
        } else {
            Err(Error::IllegalMove { from: self, to })
        }
    }
}

/// A name for everybody's eyes: the first character, an asterisk for each of the others.
pub(crate) fn mask_name(name: &str) -> String {
    let mut characters = name.trim().chars();
    characters
        .next()
        .into_iter()
        .chain(characters.map(|_| '*'))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Action = fn(State) -> Result<State, Error>;
    const ACTIONS: [Action; 3] = [State::suspend, State::reinstate, State::resign];

    proptest! {
        #[test]
        fn a_resignation_is_final_and_every_refusal_names_both_states(
            actions in prop::collection::vec(0usize..3, 0..20)
        ) {
            let mut state = State::Active;
            for action in actions {
                match ACTIONS[action](state) {
                    Ok(next) => {
                        prop_assert_ne!(state, State::Resigned);
                        prop_assert_ne!(state, next);
                        state = next;
                    }
                    Err(Error::IllegalMove { from, to }) => {
                        prop_assert_eq!(from, state);
                        prop_assert_eq!(to, [State::Suspended, State::Active, State::Resigned][action]);
                    }
                    Err(other) => prop_assert!(false, "{other}"),
                }
            }
        }

        #[test]
        fn a_masked_name_shows_one_character(name in "\\PC{1,12}") {
            let masked = mask_name(&name);
            prop_assert_eq!(masked.chars().count(), name.trim().chars().count());
            prop_assert!(masked.chars().skip(1).all(|c| c == '*'));
        }
    }

    #[test]
    fn only_an_active_membership_is_in_force() {
        let in_force: Vec<_> = State::ALL.iter().filter(|s| s.in_force()).collect();
        assert_eq!(in_force, [&State::Active]);
    }

    #[test]
    fn of_a_masked_name_only_the_first_character_is_shown() {
        assert_eq!(mask_name("欧阳修"), "欧**");
        assert_eq!(mask_name(""), "");
    }
}
