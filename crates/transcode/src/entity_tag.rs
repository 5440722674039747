//! Entity tags (RFC 9110 section 8.8.3).

use http::HeaderValue;

/// Whether a byte can be in a tag.
pub(crate) fn fits(byte: u8) -> bool {
    byte == b'!' || (b'#'..=b'~').contains(&byte)
}

/// A strong entity tag with this text; `None` if it does not fit into one.
pub(crate) fn strong(tag: &str) -> Option<HeaderValue> {
    if !tag.bytes().all(fits) {
        return None;
    }
    HeaderValue::from_str(&format!("\"{tag}\"")).ok()
}
