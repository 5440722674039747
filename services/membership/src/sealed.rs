//! What more than one module stores encrypted: real names and reasons, each under its own purpose and bound to the row it belongs to.

use kit::{crypto::Keys, sealed::SealedColumn};
use uuid::Uuid;

/// A verified real name, bound to the person: application and membership can share the sealed form.
pub(crate) const NAME: SealedColumn = SealedColumn::new("membership.name");
/// A reason that staff gave, bound to the application or membership.
pub(crate) const REASON: SealedColumn = SealedColumn::new("membership.reason");

/// The purpose under which names are hashed.
const NAME_HASH: &str = "membership.name";

/// What a name is found by within one organisation.
pub(crate) fn name_hash(keys: &Keys, organisation_id: Uuid, name: &str) -> Vec<u8> {
    let value = [organisation_id.as_bytes(), fold_name(name).as_bytes()].concat();
    keys.keyed_hash(NAME_HASH, &value).to_vec()
}

/// A name as its hash is made of: without blanks around it and inside it, so that `王 芳` is found as `王芳`.
fn fold_name(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
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
