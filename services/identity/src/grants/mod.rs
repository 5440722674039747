//! Grants: which person acts for which organisation, in which role. The rows of `access.grants` are the truth that access decisions
//! read, here and, by events, everywhere; the module's own tables say who gave a grant and when, on which day it ends, and who held
//! what before (`grant_history`, whose rows are never removed).
//!
//! | file | |
//! |---|---|
//! | [`rules`] | who gives what to whom |
//! | [`give`] | giving and taking, with their events and notices |
//! | [`proposals`] | roles that two people give and take |
//! | [`end`] | grants whose last day has passed |
//! | [`separation`] | grants from before the rules of today |

pub mod end;
mod give;
pub mod proposals;
pub mod rpc;
pub mod rules;
pub mod separation;
pub mod store;
mod view;

use kit::errors::Problem;
use proto_identity::reasons;

pub(crate) use self::give::{Gift, give, revoke_all};
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
            GrantError::NotHere => Self::of(&reasons::ROLE_NOT_HERE),
            GrantError::TwoPeople => Self::of(&reasons::TWO_PEOPLE_NEEDED),
            GrantError::NeedsHolders(least) => {
                Self::of(&reasons::ROLE_NEEDS_HOLDERS).with("least", least.to_string())
            }
            GrantError::LastDay => Self::of(&reasons::GRANT_LAST_DAY),
        }
    }
}
