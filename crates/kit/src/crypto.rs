//! Encryption of columns and keyed look-up hashes.
//!
//! The configuration holds versioned master keys. Each purpose has its own subkey (HKDF-SHA-256, RFC 5869), so a value sealed for one purpose
//! cannot be opened as another. The newest version encrypts, every configured version decrypts: that is how keys are rotated.
//!
//! A sealed value is `version (1 byte) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag`. Version and context are authenticated.
//! Nonces are random; a subkey must not seal more than 2³² values (NIST SP 800-38D, section 8.3), so rotate before that.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The master keys of a service. Cheap to clone; `Debug` shows the versions alone.
#[derive(Clone)]
pub struct Keys(Arc<Versions>);

struct Versions {
    by_version: BTreeMap<u8, hkdf::Prk>,
    newest: u8,
}

/// Why the configured keys cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeysError {
    /// An entry is not `version:base64`.
    #[error("write each key as `version:base64 of 32 bytes`, separated by commas, e.g. `1:…,2:…`")]
    Malformed,
    /// A version outside of 1 to 255 or given twice.
    #[error("key versions are numbers from 1 to 255, each given once")]
    Version,
    /// The decoded key is not 32 bytes long.
    #[error("key version {0} must be the base64 form of exactly 32 bytes")]
    Length(u8),
    /// Version 1 is missing.
    #[error("key version 1 must stay: the look-up hashes are made with it")]
    FirstMissing,
}

/// A sealed value that cannot be opened. The reason is omitted because it would help attackers.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CryptoError {
    /// Sealed under a version that is not configured (any more).
    #[error("sealed with key version {0}, which is not configured")]
    UnknownVersion(u8),
    /// Truncated, altered, or sealed for another purpose or context.
    #[error("the sealed value does not open here")]
    Refused,
}

impl Keys {
    /// Reads `1:<base64>,2:<base64>`.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        let mut by_version = BTreeMap::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let (version, key) = entry.split_once(':').ok_or(KeysError::Malformed)?;
            let version: u8 = version.trim().parse().map_err(|_| KeysError::Version)?;
            let key = STANDARD
                .decode(key.trim())
                .map_err(|_| KeysError::Length(version))?;
            if key.len() != 32 {
                return Err(KeysError::Length(version));
            }
            let master = hkdf::Salt::new(hkdf::HKDF_SHA256, b"cast/data-keys/v1").extract(&key);
            if version == 0 || by_version.insert(version, master).is_some() {
                return Err(KeysError::Version);
            }
        }
        let newest = *by_version.keys().next_back().ok_or(KeysError::Malformed)?;
        if !by_version.contains_key(&1) {
            return Err(KeysError::FirstMissing);
        }
        Ok(Self(Arc::new(Versions { by_version, newest })))
    }

    /// Encrypts `plain` for a purpose (a constant such as `identity.phone`) and a context (e.g. the id of the row),
    /// both of which [`open`](Self::open) requires again.
    pub fn seal(&self, purpose: &'static str, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let version = self.0.newest;
        let nonce = ambient::chance::bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + 16);
        sealed.push(version);
        sealed.extend_from_slice(&nonce);
        let mut text = plain.to_vec();
        // `newest` is a key of the map, and the cipher refuses only texts beyond 64 GiB.
        #[allow(clippy::expect_used)]
        self.cipher(version, purpose)
            .expect("the newest version is there")
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(authenticated(version, context)),
                &mut text,
            )
            .expect("the text is shorter than 64 GiB");
        sealed.append(&mut text);
        sealed
    }

    /// Decrypts a value sealed by [`seal`](Self::seal) for the same purpose and context.
    pub fn open(
        &self,
        purpose: &'static str,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let (&version, rest) = sealed.split_first().ok_or(CryptoError::Refused)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(CryptoError::Refused)?;
        let cipher = self
            .cipher(version, purpose)
            .ok_or(CryptoError::UnknownVersion(version))?;
        let mut text = text.to_vec();
        let length = cipher
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(authenticated(version, context)),
                &mut text,
            )
            .map_err(|_| CryptoError::Refused)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// The key version a sealed value was made with: a re-encryption worker looks for those below [`newest`](Self::newest).
    pub fn version_of(sealed: &[u8]) -> Option<u8> {
        sealed.first().copied()
    }

    /// The version that encrypts now.
    pub fn newest(&self) -> u8 {
        self.0.newest
    }

    /// HMAC-SHA-256 for equality look-ups of values that are stored encrypted. Always under version 1, so that rotation
    /// leaves the indexes valid. Normalise the value first.
    pub fn keyed_hash(&self, purpose: &'static str, value: &[u8]) -> [u8; 32] {
        // `parse` refuses a set without version 1.
        #[allow(clippy::expect_used)]
        let key = self
            .subkey(1, &["hash/", purpose])
            .expect("version 1 is there");
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), value);
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        hash
    }

    fn cipher(&self, version: u8, purpose: &str) -> Option<LessSafeKey> {
        let key = self.subkey(version, &["seal/", purpose])?;
        UnboundKey::new(&AES_256_GCM, &key)
            .ok()
            .map(LessSafeKey::new)
    }

    fn subkey(&self, version: u8, info: &[&str]) -> Option<[u8; 32]> {
        let master = self.0.by_version.get(&version)?;
        let parts: Vec<&[u8]> = info.iter().map(|part| part.as_bytes()).collect();
        let mut key = [0; 32];
        master
            .expand(&parts, hkdf::HKDF_SHA256)
            .ok()?
            .fill(&mut key)
            .ok()?;
        Some(key)
    }
}

fn authenticated(version: u8, context: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(1 + context.len());
    data.push(version);
    data.extend_from_slice(context);
    data
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(versions {:?})", self.0.by_version.keys())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn keys(versions: &[u8]) -> Keys {
        let text: Vec<String> = versions
            .iter()
            .map(|v| format!("{v}:{}", STANDARD.encode([v.wrapping_mul(37); 32])))
            .collect();
        Keys::parse(&text.join(",")).unwrap()
    }

    #[test]
    fn a_value_opens_only_with_its_key_purpose_and_context() {
        let keys_1 = keys(&[1]);
        let sealed = keys_1.seal("phone", b"row 1", "13800138000".as_bytes());
        assert_eq!(
            keys_1.open("phone", b"row 1", &sealed).unwrap(),
            b"13800138000"
        );
        assert_eq!(
            keys_1.open("mail", b"row 1", &sealed),
            Err(CryptoError::Refused)
        );
        assert_eq!(
            keys_1.open("phone", b"row 2", &sealed),
            Err(CryptoError::Refused)
        );
        let others = Keys::parse(&format!("1:{}", STANDARD.encode([9; 32]))).unwrap();
        assert_eq!(
            others.open("phone", b"row 1", &sealed),
            Err(CryptoError::Refused)
        );
    }

    #[test]
    fn rotation_keeps_old_values_readable_and_hashes_equal() {
        let (before, after) = (keys(&[1]), keys(&[1, 2]));
        let old = before.seal("phone", b"", b"text");
        assert_eq!(after.open("phone", b"", &old).unwrap(), b"text");
        let new = after.seal("phone", b"", b"text");
        assert_eq!((Keys::version_of(&new), after.newest()), (Some(2), 2));
        assert_eq!(
            before.open("phone", b"", &new),
            Err(CryptoError::UnknownVersion(2))
        );
        assert_eq!(
            before.keyed_hash("phone", b"x"),
            after.keyed_hash("phone", b"x")
        );
    }

    #[test]
    fn the_version_byte_is_authenticated() {
        // Both versions have the same key here, so only the authenticated byte distinguishes them.
        let same = STANDARD.encode([5; 32]);
        let keys = Keys::parse(&format!("1:{same},2:{same}")).unwrap();
        let mut sealed = keys.seal("p", b"", b"text");
        sealed[0] = 1;
        assert_eq!(keys.open("p", b"", &sealed), Err(CryptoError::Refused));
    }

    #[test]
    fn equal_values_look_different_when_sealed_and_equal_when_hashed() {
        let keys = keys(&[1]);
        assert_ne!(keys.seal("p", b"", b"x"), keys.seal("p", b"", b"x"));
        assert_eq!(keys.keyed_hash("p", b"x"), keys.keyed_hash("p", b"x"));
        assert_ne!(keys.keyed_hash("p", b"x"), keys.keyed_hash("q", b"x"));
        assert_ne!(keys.keyed_hash("p", b"x"), keys.keyed_hash("p", b"y"));
    }

    #[test]
    fn bad_key_sets_are_refused_with_what_to_do() {
        let good = STANDARD.encode([7; 32]);
        let refused = |text: &str| Keys::parse(text).unwrap_err();
        assert_eq!(refused(""), KeysError::Malformed);
        assert_eq!(refused(&good), KeysError::Malformed);
        assert_eq!(refused("1:AAAA"), KeysError::Length(1));
        assert_eq!(refused("1:!"), KeysError::Length(1));
        assert_eq!(refused(&format!("0:{good}")), KeysError::Version);
        assert_eq!(refused(&format!("256:{good}")), KeysError::Version);
        assert_eq!(refused(&format!("1:{good},1:{good}")), KeysError::Version);
        assert_eq!(refused(&format!("2:{good}")), KeysError::FirstMissing);
    }

    #[test]
    fn keys_do_not_show_themselves() {
        assert_eq!(format!("{:?}", keys(&[1, 3])), "Keys(versions [1, 3])");
    }

    proptest! {
        #[test]
        fn everything_sealed_opens_again(plain: Vec<u8>, context: Vec<u8>) {
            let keys = keys(&[1, 2, 3]);
            prop_assert_eq!(keys.open("p", &context, &keys.seal("p", &context, &plain)).unwrap(), plain);
        }

        #[test]
        fn no_altered_byte_goes_unnoticed(plain: Vec<u8>, at: prop::sample::Index, change in 1u8..) {
            let keys = keys(&[1, 2, 3]);
            let mut sealed = keys.seal("p", b"c", &plain);
            let at = at.index(sealed.len());
            sealed[at] ^= change;
            prop_assert!(keys.open("p", b"c", &sealed).is_err());
        }

        #[test]
        fn foreign_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(keys(&[1]).open("p", b"", &bytes).is_err());
        }
    }
}
