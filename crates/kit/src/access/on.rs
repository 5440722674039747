//! The organisation that the permission of a method has to reach. The contract declares for each staff method where it
//! is found:
//!
//! * in a field of the request: checked here, before the method runs ([`On::check`]);
//! * by the method, which calls [`Call::require`](crate::Call::require) after reading the record. The check is
//!   recorded; without it the method's work is neither committed nor answered;
//! * anywhere the permission reaches: the method calls [`Call::reach`](crate::Call::reach), which is recorded as well.

use prost_reflect::{DynamicMessage, MessageDescriptor};
use uuid::Uuid;

use super::{caller::Caller, field::FieldPath, reach::Reach};
use crate::{db::Db, errors::Problem, wire::parse_id};

/// The organisation that a permission has to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// None: the response is the same for every caller who holds the permission anywhere. Also for methods without a
    /// permission.
    Nothing,
    /// The one that the method looks up.
    LookedUp,
    /// Any that the permission reaches.
    Reach,
    /// The one whose id this field of the request holds.
    Named(FieldPath),
}

impl On {
    /// Parses an `access` option for this request type; `None` if it is invalid.
    pub(super) fn read(text: &str, input: &MessageDescriptor) -> Option<Self> {
        match text {
            "none" => Some(Self::Nothing),
            "looked_up" => Some(Self::LookedUp),
            "reach" => Some(Self::Reach),
            path => FieldPath::read(path, input).map(Self::Named),
        }
    }

    /// Whether the method itself has to make the check.
    pub(crate) fn is_for_the_method(&self) -> bool {
        matches!(self, Self::LookedUp | Self::Reach)
    }

    /// The organisation that a request names.
    pub(crate) fn organisation(&self, request: &DynamicMessage) -> Result<Option<Uuid>, Problem> {
        let Self::Named(field) = self else {
            return Ok(None);
        };
        let id = field.text(request).unwrap_or_default();
        parse_id(&field.name(), &id).map(Some)
    }

    /// Refuses a caller whose permission does not reach the organisation that the request names; returns where the
    /// permission is held.
    pub(crate) async fn check(
        db: &Db,
        caller: &Caller,
        permission: &'static str,
        organisation_id: Uuid,
    ) -> Result<Reach, Problem> {
        // Most staff, and most systems, act on the very organisation on which they hold the permission.
        if caller.holds_there(permission, organisation_id) {
            return Ok(Reach::There);
        }
        let mut conn = db.read().await?;
        caller.require(&mut conn, permission, organisation_id).await
    }
}
