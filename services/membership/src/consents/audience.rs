//! Who reads what a person gave to one organisation: the person and that organisation, but none above it.

use kit::{access::Reach, crypto::Keys, errors::Problem};
use uuid::Uuid;

use super::rules::hint_of_name;
use crate::sealed;

/// For whom something about a person is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The person themselves.
    Person,
    /// The organisation that the person's consent names, while it stands.
    Society,
    /// Staff whose permission comes from above it: what was consented to give to the society is not for them.
    Above,
}

impl From<Reach> for Audience {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::There => Self::Society,
            Reach::FromAbove => Self::Above,
        }
    }
}

/// A real name as its audience may see it.
pub(crate) fn name(
    keys: &Keys,
    person_id: Uuid,
    name_sealed: &[u8],
    consent_stands: bool,
    audience: Audience,
) -> Result<String, Problem> {
    match audience {
        Audience::Society | Audience::Above if !consent_stands => Ok(String::new()),
        Audience::Person | Audience::Society => sealed::NAME.open(keys, person_id, name_sealed),
        Audience::Above => sealed::NAME
            .open(keys, person_id, name_sealed)
            .map(|name| hint_of_name(&name)),
    }
}
