//! Who gives what to whom, and takes it back. Pure.
//!
//! * A grant is given and taken by people whose own roles reach the organisation and administer the role ([`roles::administers`]).
//! * No person decides on themselves: they neither give a role to themselves nor take one from themselves. Giving up a role of
//!   one's own is another administrator's to carry out, so that no organisation loses its last administrator by one click or one stolen
//!   session, and no record has the same person on both sides.
//! * No person holds two roles that [`roles::compatible`] keeps apart.
//! * Roles that two people give and take ([`Role::two_people`]) are proposed ([`super::proposals`]), and so many holders remain as
//!   the role demands.

use kit::access::roles::{self, Role};
use time::Date;
use uuid::Uuid;

/// Who decides about a grant.
#[derive(Clone, Debug)]
pub struct Decider {
    /// The person.
    pub person_id: Uuid,
    /// Names of the roles by which they reach the organisation of the grant.
    pub reaching: Vec<String>,
    /// Whether that organisation is the headquarters.
    pub headquarters: bool,
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
    /// A role of the platform as a whole is given on the headquarters alone, an organisation's administrator below it.
    #[error("the role is not given on this organisation")]
    NotHere,
    /// One person alone neither gives nor takes it.
    #[error("two people give and take this role")]
    TwoPeople,
    /// Too few holders would remain.
    #[error("at least {0} people hold this role")]
    NeedsHolders(u32),
    /// The last day has passed.
    #[error("the last day lies in the past")]
    LastDay,
}

/// The role of this name, if it can be given on this organisation.
pub fn role_on(name: &str, is_headquarters: bool) -> Result<&'static Role, GrantError> {
    let role = roles::role(name).ok_or(GrantError::UnknownRole)?;
    if role.place.fits(is_headquarters) {
        Ok(role)
    } else {
        Err(GrantError::NotHere)
    }
}

/// Whether one person alone gives and takes this role.
pub fn alone(role: &Role) -> Result<(), GrantError> {
    if role.two_people {
        Err(GrantError::TwoPeople)
    } else {
        Ok(())
    }
}

/// Whether the role can be taken from one of `holders` people who hold it there.
pub fn can_spare_one(role: &Role, holders: i64) -> Result<(), GrantError> {
    if holders > i64::from(role.at_least) {
        Ok(())
    } else {
        Err(GrantError::NeedsHolders(role.at_least))
    }
}

/// Whether a grant can end on this day; `None`: it ends when it is taken.
pub fn may_end_on(last_day: Option<Date>, today: Date) -> Result<(), GrantError> {
    match last_day {
        Some(day) if day < today => Err(GrantError::LastDay),
        _ => Ok(()),
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
    let reaching = by.reaching.iter().map(String::as_str);
    if roles::administers(reaching, role, by.headquarters) {
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
