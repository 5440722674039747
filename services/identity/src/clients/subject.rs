//! By what a client knows a person (OpenID Connect Core 1.0 section 8).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::crypto::Keys;
use uuid::Uuid;

use super::store::Row;

/// The subject of a person at a client: a keyed hash, the same in every token.
pub fn subject_at(keys: &Keys, client: &Row, person_id: Uuid) -> String {
    if !client.pairwise_subjects {
        return person_id.to_string();
    }
    let mut of = Vec::with_capacity(32);
    of.extend_from_slice(client.organisation_id.as_bytes());
    of.extend_from_slice(person_id.as_bytes());
    URL_SAFE_NO_PAD.encode(keys.keyed_hash("identity.pairwise-subject", &of))
}
