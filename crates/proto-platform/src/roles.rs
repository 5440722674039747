//! Permissions and roles, from `permissions.toml` beside the contract of each service and from `roles.toml`. The build
//! fails if a role holds or administers an unknown name, or a permission is in no role.

/// A permission of staff and systems.
#[derive(Debug)]
pub struct Permission {
    /// Stable name, e.g. `applications.review`, as in `access` options.
    pub name: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// Whether a society's system may have it, as an OAuth scope of this name.
    pub scope: bool,
}

/// A named set of permissions. A grant gives a role on an organisation and everything below it.
#[derive(Debug)]
pub struct Role {
    /// Stable name, e.g. `society.reviewer`.
    pub name: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
    /// In English.
    pub title_en: &'static str,
    /// Where it is granted.
    pub place: Place,
    /// Its permissions, e.g. `applications.review`.
    pub permissions: &'static [&'static str],
    /// The roles that its holder grants and revokes within the reach of the grant.
    pub administers: &'static [&'static str],
    /// The roles that its holder grants and revokes on the headquarters itself, besides.
    pub administers_on_headquarters: &'static [&'static str],
    /// Whether two people grant and revoke it: one proposes, another decides.
    pub two_people: bool,
    /// So many holders remain when it is revoked; 0: none need to.
    pub at_least: u32,
}

/// Where a role is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the headquarters alone.
    Headquarters,
    /// On every organisation but the headquarters.
    Below,
    /// On every organisation.
    Anywhere,
}

impl Place {
    /// Whether a role of this place is granted on the headquarters, or on another organisation.
    pub const fn fits(self, headquarters: bool) -> bool {
        match self {
            Self::Headquarters => headquarters,
            Self::Below => !headquarters,
            Self::Anywhere => true,
        }
    }
}

impl Role {
    /// Whether the role permits it.
    pub fn permits(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }
}

include!(concat!(env!("OUT_DIR"), "/roles.rs"));
