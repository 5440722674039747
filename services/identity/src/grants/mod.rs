//! Grants: which person acts for which organisation, in which role. The rows of `access.grants` are the truth that access decisions
//! read, here and, by events, everywhere; the module's own table says who gave a grant and when.

mod give;
pub mod rpc;
pub mod rules;
pub mod store;

use kit::errors::Problem;
use proto_identity::reasons;

pub(crate) use self::give::{give, revoke_all};
pub use self::rpc::Grants;
use self::rules::GrantError;

impl From<GrantError> for Problem {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::UnknownRole => Self::invalid(
                "role",
                (
                    "There is no such role; take one of ListRoles.",
                    "没有这个角色，请从角色列表中选择。",
                ),
            ),
            GrantError::NoManager => {
                Self::of(&reasons::PERMISSION_DENIED).with("permission", "grants.manage")
            }
            GrantError::NotAdministered => Self::of(&reasons::ROLE_NOT_ADMINISTERED),
            GrantError::Own => Self::of(&reasons::OWN_AFFAIRS),
            GrantError::NotVerified => Self::of(&reasons::PERSON_NOT_VERIFIED),
            GrantError::Exclusive => Self::of(&reasons::ROLES_EXCLUSIVE),
            GrantError::HeadquartersOnly => Self::of(&reasons::ROLE_NOT_HERE),
        }
    }
}
