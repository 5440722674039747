//! Signed tokens of clients that have served: an assertion proves something once (RFC 7523 section 3), and so does a proof of possession
//! (RFC 9449 section 11.1).

pub mod store;

use aws_lc_rs::digest::{SHA256, digest};

/// What is kept of a token: what it is for, who has signed it, and what it calls itself.
pub fn hash(parts: &[&str]) -> [u8; 32] {
    let mut text = Vec::new();
    for part in parts {
        // Lengths keep the parts apart.
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part.as_bytes());
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &text).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signers_choose_takes_no_name_of_others() {
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
        assert_ne!(hash(&["a", ""]), hash(&["a"]));
        assert_eq!(hash(&["a", "b"]), hash(&["a", "b"]));
    }
}
