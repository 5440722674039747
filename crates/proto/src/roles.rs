//! Permissions and the roles that bundle them, from `permissions.toml` beside the contract of each service and from `roles.toml`. The build
//! fails if a role holds or administers what does not exist, or a permission is in no role.

/// What staff and systems may be allowed to do.
#[derive(Debug)]
pub struct Permission {
    /// Stable name, e.g. `applications.review`: what `access` options ask for.
    pub name: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// Whether a society's system may be given it, as an OAuth scope of this name.
    pub scope: bool,
}

/// A named bundle of permissions. A grant gives a role on an organisation; it reaches everything below.
#[derive(Debug)]
pub struct Role {
    /// Stable name, e.g. `society.reviewer`.
    pub name: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
    /// In English.
    pub title_en: &'static str,
    /// What it permits, e.g. `applications.review`.
    pub permissions: &'static [&'static str],
    /// The roles that its holder gives to others and takes from them, where the grant reaches.
    pub administers: &'static [&'static str],
}

impl Role {
    /// Whether the role permits it.
    pub fn permits(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }
}

include!(concat!(env!("OUT_DIR"), "/roles.rs"));
