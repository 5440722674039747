//! What more than one module stores encrypted: real names and reasons, each under its own purpose and bound to the row it belongs to.

use kit::{crypto::Keys, errors::Problem};
use uuid::Uuid;

const NAME: &str = "membership.name";
const REASON: &str = "membership.reason";

/// A verified real name, bound to the person: application and membership can share the sealed form.
pub(crate) fn seal_name(keys: &Keys, person_id: Uuid, name: &str) -> Vec<u8> {
    keys.seal(NAME, person_id.as_bytes(), name.as_bytes())
}

/// Opens what [`seal_name`] made.
pub(crate) fn open_name(keys: &Keys, person_id: Uuid, sealed: &[u8]) -> Result<String, Problem> {
    text(
        keys.open(NAME, person_id.as_bytes(), sealed)
            .map_err(Problem::internal)?,
    )
}

/// What a name is found by within one organisation.
pub(crate) fn name_hash(keys: &Keys, organisation_id: Uuid, name: &str) -> Vec<u8> {
    let value = [organisation_id.as_bytes(), fold_name(name).as_bytes()].concat();
    keys.keyed_hash(NAME, &value).to_vec()
}

/// A name as its hash is made of: without blanks around it and inside it, so that `王 芳` is found as `王芳`.
fn fold_name(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A reason that staff gave, bound to the application or membership.
pub(crate) fn seal_reason(keys: &Keys, subject_id: Uuid, reason: &str) -> Vec<u8> {
    keys.seal(REASON, subject_id.as_bytes(), reason.as_bytes())
}

/// Opens what [`seal_reason`] made.
pub(crate) fn open_reason(keys: &Keys, subject_id: Uuid, sealed: &[u8]) -> Result<String, Problem> {
    text(
        keys.open(REASON, subject_id.as_bytes(), sealed)
            .map_err(Problem::internal)?,
    )
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_capitals_in_a_name_do_not_matter() {
        assert_eq!(fold_name(" 王 芳 "), fold_name("王芳"));
        assert_eq!(fold_name("Anna Li"), "annali");
    }
}
