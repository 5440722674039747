//! Who may be given what by whom. Pure.

use kit::access::roles::{self, Role};

/// Why a grant is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The platform knows no such role.
    #[error("there is no such role")]
    UnknownRole,
    /// Whoever acts for an organisation must be a verified person.
    #[error("the person is not verified")]
    NotVerified,
    /// System, security and audit administrator are three people (GB/T 22239-2019, 8.1.5).
    #[error("the person holds one of the separated roles already")]
    Exclusive,
    /// A role of the platform as a whole makes sense on the headquarters alone.
    #[error("the role is given on the headquarters only")]
    HeadquartersOnly,
}

/// The role of this name, if it can be given on this organisation.
pub fn role_on(name: &str, is_headquarters: bool) -> Result<&'static Role, GrantError> {
    let role = roles::role(name).ok_or(GrantError::UnknownRole)?;
    let of_the_platform = name.starts_with("platform.") || name.starts_with("headquarters.");
    if of_the_platform && !is_headquarters {
        Err(GrantError::HeadquartersOnly)
    } else {
        Ok(role)
    }
}

/// Whether a person who holds `held` may be given `role`.
pub fn may_hold<'a>(
    verified: bool,
    held: impl IntoIterator<Item = &'a str>,
    role: &Role,
) -> Result<(), GrantError> {
    if !verified {
        return Err(GrantError::NotVerified);
    }
    if roles::compatible(held, role.name) {
        Ok(())
    } else {
        Err(GrantError::Exclusive)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names() -> impl Strategy<Value = &'static str> {
        prop::sample::select(
            roles::ROLES
                .iter()
                .map(|role| role.name)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn roles_of_the_platform_stay_at_the_headquarters() {
        for role in roles::ROLES {
            let everywhere =
                role.name.starts_with("society.") || role.name.starts_with("organisation.");
            assert_eq!(
                role_on(role.name, false).is_ok(),
                everywhere,
                "{}",
                role.name
            );
            assert!(role_on(role.name, true).is_ok());
        }
        assert!(matches!(
            role_on("platform.emperor", true),
            Err(GrantError::UnknownRole)
        ));
    }

    proptest! {
        /// Gives roles one after the other, in any order: nobody ends up with two of the separated ones.
        #[test]
        fn no_order_of_grants_gives_one_person_two_separated_roles(wanted in prop::collection::vec(names(), 0..20)) {
            let mut held: Vec<&str> = Vec::new();
            for name in wanted {
                let Ok(role) = role_on(name, true) else { continue };
                if may_hold(true, held.iter().copied(), role).is_ok() {
                    held.push(role.name);
                }
            }
            held.sort_unstable();
            held.dedup();
            prop_assert!(held.iter().filter(|name| roles::SEPARATED.contains(name)).count() <= 1);
        }

        #[test]
        fn nobody_unverified_acts_for_an_organisation(name in names()) {
            let Ok(role) = role_on(name, true) else { return Ok(()) };
            prop_assert_eq!(may_hold(false, [], role), Err(GrantError::NotVerified));
        }
    }
}
