//! Who gives what to whom, and takes it back. Pure.
//!
//! * A grant is given and taken by people whose own roles reach the organisation and administer the role ([`roles::administers`]).
//! * No person decides on themselves: they neither give a role to themselves nor take one from themselves. Giving up a role of
//!   one's own is another administrator's to carry out, so that no organisation loses its last administrator by one click or one stolen
//!   session, and no record has the same person on both sides.
//! * No person holds two roles that [`roles::compatible`] keeps apart.

use kit::access::roles::{self, Role};
use uuid::Uuid;

/// Who decides about a grant.
#[derive(Clone, Debug)]
pub struct Decider {
    /// The person.
    pub person_id: Uuid,
    /// Names of the roles by which they reach the organisation of the grant.
    pub reaching: Vec<String>,
}

/// Whom the grant is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The person.
    pub person_id: Uuid,
    /// Whether the real name is verified.
    pub verified: bool,
    /// Names of all roles they hold, wherever.
    pub held: Vec<String>,
}

/// Why a grant is not given or not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The platform knows no such role.
    #[error("there is no such role")]
    UnknownRole,
    /// No role of the decider manages grants there.
    #[error("manages no grants on this organisation")]
    NoManager,
    /// The decider manages grants there, but not those of this role.
    #[error("does not administer this role")]
    NotAdministered,
    /// The decider is the person the grant is about.
    #[error("the grant is the decider's own")]
    Own,
    /// Those who act for an organisation must be verified persons.
    #[error("the person is not verified")]
    NotVerified,
    /// System, security and audit administrator are three people (GB/T 22239-2019, 8.1.5).
    #[error("the person holds a role that is kept apart from this one")]
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

/// Whether the decider manages grants on the organisation at all: what they must be able to do before they are told anything.
pub fn manages(reaching: &[String]) -> Result<(), GrantError> {
    let manages =
        |name: &String| roles::role(name).is_some_and(|role| role.permits("grants.manage"));
    if reaching.iter().any(manages) {
        Ok(())
    } else {
        Err(GrantError::NoManager)
    }
}

/// Whether the decider gives this role there, and takes it back.
pub fn decides(by: &Decider, role: &Role) -> Result<(), GrantError> {
    manages(&by.reaching)?;
    if roles::administers(by.reaching.iter().map(String::as_str), role) {
        Ok(())
    } else {
        Err(GrantError::NotAdministered)
    }
}

/// Whether the decider gives this role to this person.
pub fn give(by: &Decider, to: &Subject, role: &Role) -> Result<(), GrantError> {
    decides(by, role)?;
    if by.person_id == to.person_id {
        return Err(GrantError::Own);
    }
    may_hold(to.verified, &to.held, role)
}

/// Whether the decider takes this role from this person. A role that no longer exists permits nothing: any manager of grants clears it
/// away.
pub fn take(by: &Decider, from: Uuid, role: Option<&Role>) -> Result<(), GrantError> {
    match role {
        Some(role) => decides(by, role)?,
        None => manages(&by.reaching)?,
    }
    if by.person_id == from {
        Err(GrantError::Own)
    } else {
        Ok(())
    }
}

/// Whether a person who holds `held` may be given `role` at all.
pub fn may_hold(verified: bool, held: &[String], role: &Role) -> Result<(), GrantError> {
    if !verified {
        return Err(GrantError::NotVerified);
    }
    let apart =
        |name: &String| roles::role(name).is_some_and(|held| !roles::compatible(held, role));
    if held.iter().any(apart) {
        Err(GrantError::Exclusive)
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
