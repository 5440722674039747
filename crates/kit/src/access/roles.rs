//! Rules about the platform's roles, which are data: `proto/cast/roles.toml`, and `permissions.toml` beside each
//! service's contract.

pub use proto_platform::roles::{Place, ROLES, Role, SEPARATED};

/// The role with this name.
pub fn role(name: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.name == name)
}

/// The permission with this name, if some role holds it.
pub fn permission(name: &str) -> Option<&'static str> {
    ROLES
        .iter()
        .flat_map(|role| role.permissions)
        .copied()
        .find(|held| *held == name)
}

/// Whether one person may hold both roles, on whatever organisations. A separated role is incompatible with every role
/// that has a permission of another separated role: an organisation's administrator manages grants, clients and
/// organisations, so no administrator of the platform is one, and vice versa.
pub fn compatible(one: &Role, other: &Role) -> bool {
    let unites = |separated: &Role, beside: &Role| {
        SEPARATED.contains(&separated.name)
            && SEPARATED
                .iter()
                .filter(|name| **name != separated.name)
                .filter_map(|name| role(name))
                .flat_map(|others| others.permissions)
                .any(|power| beside.permits(power))
    };
    one.name == other.name || !(unites(one, other) || unites(other, one))
}

/// Whether the roles `held`, which reach an organisation, permit granting `wanted` there to others; `headquarters`: whether the
/// organisation is the headquarters. The same decision applies to revoking: a role that a person could not have granted they cannot
/// revoke.
pub fn administers<'a>(
    held: impl IntoIterator<Item = &'a str>,
    wanted: &Role,
    headquarters: bool,
) -> bool {
    held.into_iter().filter_map(role).any(|by| {
        by.administers.contains(&wanted.name)
            || (headquarters && by.administers_on_headquarters.contains(&wanted.name))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn role_names_are_unique_and_permissions_are_well_formed() {
        let names: HashSet<_> = ROLES.iter().map(|role| role.name).collect();
        assert_eq!(names.len(), ROLES.len());
        for role in ROLES {
            assert!(!role.permissions.is_empty(), "{}", role.name);
            let distinct: HashSet<_> = role.permissions.iter().collect();
            assert_eq!(distinct.len(), role.permissions.len(), "{}", role.name);
            for permission in role.permissions {
                let (noun, verb) = permission.split_once('.').unwrap_or_default();
                assert!(!noun.is_empty() && !verb.is_empty(), "{permission}");
            }
        }
    }

    #[test]
    fn the_three_administrators_are_three_people_and_share_no_permission() {
        for one in SEPARATED.iter().map(|name| role(name).unwrap()) {
            for other in SEPARATED.iter().map(|name| role(name).unwrap()) {
                let same = one.name == other.name;
                assert_eq!(compatible(one, other), same, "{one:?} {other:?}");
                let common = one.permissions.iter().filter(|p| other.permits(p)).count();
                assert!(same || common == 0, "{one:?} {other:?}");
            }
        }
    }

    /// Compares permissions, not names, so the rule also covers roles added later.
    #[test]
    fn no_two_roles_of_one_person_unite_the_powers_of_two_administrators() {
        let powers = |role: &Role| -> HashSet<&str> {
            let held = |name: &&&str| {
                super::role(name)
                    .unwrap()
                    .permissions
                    .iter()
                    .any(|p| role.permits(p))
            };
            SEPARATED.iter().filter(held).copied().collect()
        };
        for one in ROLES {
            for other in ROLES {
                assert_eq!(compatible(one, other), compatible(other, one));
                let separated = [one, other]
                    .iter()
                    .any(|role| SEPARATED.contains(&role.name));
                let united = powers(one).union(&powers(other)).count();
                if separated && compatible(one, other) {
                    assert_eq!(united, 1, "{} {}", one.name, other.name);
                }
                if !separated {
                    assert!(compatible(one, other), "{} {}", one.name, other.name);
                }
            }
        }
        let administrator = role("organisation.administrator").unwrap();
        for separated in SEPARATED {
            assert!(!compatible(administrator, role(separated).unwrap()));
        }
    }

    #[test]
    fn who_administers_roles_manages_grants_and_only_the_security_administrator_those_of_the_platform()
     {
        for by in ROLES {
            assert_eq!(
                by.administers.is_empty(),
                !by.permits("grants.manage"),
                "{}",
                by.name
            );
            for name in by.administers {
                let wanted = role(name).unwrap();
                let of_the_platform = name.starts_with("platform.");
                assert!(
                    !of_the_platform || by.name == "platform.security",
                    "{} {name}",
                    by.name
                );
                // All other roles may grant only what they hold.
                let own = wanted.permissions.iter().all(|p| by.permits(p));
                assert!(own || by.name == "platform.security", "{} {name}", by.name);
            }
        }
        for wanted in ROLES {
            for headquarters in [true, false] {
                let by = ROLES
                    .iter()
                    .filter(|by| by.place.fits(true) || !headquarters)
                    .filter(|by| administers([by.name], wanted, headquarters));
                let fits = wanted.place.fits(headquarters);
                assert!(!fits || by.count() > 0, "no role gives {}", wanted.name);
            }
        }
    }

    /// Grants on the headquarters, the operation of the platform and audit: a role that is held on the headquarters has at most
    /// one of them.
    #[test]
    fn what_is_held_on_the_headquarters_has_powers_of_one_administrator_at_most() {
        for held in ROLES.iter().filter(|role| role.place.fits(true)) {
            let powers = SEPARATED
                .iter()
                .filter(|name| {
                    let separated = role(name).unwrap();
                    separated.permissions.iter().any(|p| held.permits(p))
                })
                .count();
            assert!(powers <= 1, "{}", held.name);
            assert_eq!(
                powers == 1,
                SEPARATED.contains(&held.name),
                "{} has a power of an administrator of the platform",
                held.name
            );
        }
    }

    #[test]
    fn the_administrators_of_the_platform_are_given_by_two_people() {
        for role in ROLES {
            assert_eq!(
                role.two_people,
                SEPARATED.contains(&role.name),
                "{}",
                role.name
            );
            // Who decides on a proposal is another person than who made it.
            assert_eq!(
                role.at_least,
                match role.name {
                    "platform.security" => 2,
                    name if name.starts_with("platform.") => 1,
                    _ => 0,
                }
            );
        }
    }

    #[test]
    fn nobody_but_the_audit_administrator_reads_the_audit_trail() {
        let readers: Vec<_> = ROLES
            .iter()
            .filter(|r| r.permits("audit.read"))
            .map(|r| r.name)
            .collect();
        assert_eq!(readers, ["platform.audit"]);
    }
}
