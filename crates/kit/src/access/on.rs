//! Which organisation the permission of a method has to reach. The contract says for each staff method where it is found:
//!
//! * in a field of the request: checked here, before the method runs ([`On::check`]);
//! * by the method, which asks [`Call::require`](crate::Call::require) once it has read the record. That it asked is noted: what it does is
//!   neither committed nor answered otherwise;
//! * wherever the permission reaches: the method asks [`Call::reach`](crate::Call::reach), which is noted as well.

use prost_reflect::{DynamicMessage, MessageDescriptor};
use uuid::Uuid;

use super::{caller::Caller, field::FieldPath, reach::Reach};
use crate::{db::Db, errors::Problem, wire::parse_id};

/// The organisation that a permission has to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// None: what is answered is the same for everybody who holds the permission anywhere. Also of every method without a permission.
    Nothing,
    /// The one that the method finds.
    LookedUp,
    /// Whichever the permission reaches.
    Reach,
    /// The one whose id this field of the request holds.
    Named(FieldPath),
}

impl On {
    /// What an `access` option says about requests of this type; `None` if that cannot be.
    pub(super) fn read(text: &str, input: &MessageDescriptor) -> Option<Self> {
        match text {
            "none" => Some(Self::Nothing),
            "looked_up" => Some(Self::LookedUp),
            "reach" => Some(Self::Reach),
            path => FieldPath::read(path, input).map(Self::Named),
        }
    }

    /// Whether the method itself has to ask.
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

    /// Refuses a caller whose permission does not reach the organisation that the request names; says from where it does.
    pub(crate) async fn check(
        db: &Db,
        caller: &Caller,
        permission: &'static str,
        organisation_id: Uuid,
    ) -> Result<Reach, Problem> {
        let mut conn = db.read().await?;
        caller.require(&mut conn, permission, organisation_id).await
    }
}
