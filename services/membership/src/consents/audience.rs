//! Who reads what a person gave to one organisation: the person, that organisation, and nobody above it.

use kit::{access::Caller, crypto::Keys, db::Tx, errors::Problem};
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

/// As what a caller who holds `permission` over an organisation reads what people gave to it.
pub(crate) async fn of(
    tx: &mut Tx,
    caller: &Caller,
    permission: &'static str,
    organisation_id: Uuid,
) -> Result<Audience, sqlx::Error> {
    let at = caller.holds_at(tx, permission, organisation_id).await?;
    Ok(if at {
        Audience::Society
    } else {
        Audience::Above
    })
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
        Audience::Person | Audience::Society => sealed::open_name(keys, person_id, name_sealed),
        Audience::Above => {
            sealed::open_name(keys, person_id, name_sealed).map(|name| hint_of_name(&name))
        }
    }
}
