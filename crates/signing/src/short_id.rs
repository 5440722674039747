//! Ids in claims as the base64url of their 16 bytes, 22 characters: `#[serde(with = "signing::short_id")]`.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
use uuid::Uuid;

/// Writes an id.
pub fn serialize<S: Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&BASE64.encode(id.as_bytes()))
}

/// Reads an id.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Uuid, D::Error> {
    let text = String::deserialize(from)?;
    let bytes = BASE64.decode(text).map_err(D::Error::custom)?;
    Uuid::from_slice(&bytes).map_err(D::Error::custom)
}
