//! Texts of encrypted columns.

use kit::{
    crypto::Keys,
    errors::{Problem, Result},
};
use uuid::Uuid;

/// Of accounts: what people are called.
pub(crate) const DISPLAY_NAME: &str = "identity.display_name";
/// Of accounts: what people sign in with.
pub(crate) const ADDRESS: &str = "identity.address";
/// Of one-time codes: where they were sent.
pub(crate) const CODE_ADDRESS: &str = "identity.code.address";
/// Of persons: the name that the authority has confirmed.
pub(crate) const PERSON_NAME: &str = "identity.person.name";
/// Of persons: the number that goes with it.
pub(crate) const RESIDENT_ID: &str = "identity.person.resident-id";

/// Seals a text for the row of this id.
pub(crate) fn seal_text(keys: &Keys, purpose: &'static str, row: Uuid, text: &str) -> Vec<u8> {
    keys.seal(purpose, row.as_bytes(), text.as_bytes())
}

/// Opens what [`seal_text`] made.
pub(crate) fn open_text(
    keys: &Keys,
    purpose: &'static str,
    row: Uuid,
    sealed: &[u8],
) -> Result<String> {
    let plain = keys
        .open(purpose, row.as_bytes(), sealed)
        .map_err(Problem::internal)?;
    String::from_utf8(plain)
        .map_err(|_| Problem::internal(anyhow::anyhow!("a sealed text is not UTF-8")))
}
