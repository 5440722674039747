//! The sealed form of content: pieces of 64 KiB, each sealed with AES-256-GCM under the key of the object.
//!
//! A piece is bound to its number and to whether it is the last one (STREAM; Hoang, Reyhanitabar, Rogaway and Vizár, "Online
//! Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), so that pieces cannot be left out, swapped,
//! repeated or cut off. Each key seals one object once, so that no nonce repeats.
//!
//! ```text
//! format (1 byte) ‖ piece 0 ‖ piece 1 ‖ …        piece: ciphertext ‖ tag (16 bytes)
//! nonce: zero (7 bytes) ‖ number (4, big-endian) ‖ last (1)
//! ```

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Bytes of plain content in every piece but the last, which has as many or fewer.
pub(crate) const PIECE: usize = 64 * 1024;
/// Bytes of a full piece when sealed.
pub(crate) const SEALED_PIECE: usize = PIECE + TAG;
/// The first byte of every object, authenticated with each piece.
pub(crate) const FORMAT: u8 = 1;
/// Length of the key of an object.
pub(crate) const KEY: usize = 32;

const TAG: usize = 16;

/// Why a piece is refused; no details, as they would help who altered it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum SealingError {
    /// More than 256 TiB.
    #[error("the content is too long")]
    TooLong,
    /// Not the piece that belongs here.
    #[error("the content was altered or cut")]
    Altered,
}

/// Seals or opens the pieces of one object, in their order.
pub(crate) struct Pieces {
    key: LessSafeKey,
    number: Option<u32>,
}

impl Pieces {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        // The length is that of the cipher's keys.
        #[allow(clippy::expect_used)]
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes");
        Self {
            key: LessSafeKey::new(key),
            number: Some(0),
        }
    }

    /// Seals the next piece and appends it to `out`.
    pub(crate) fn seal(
        &mut self,
        plain: &[u8],
        last: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), SealingError> {
        let nonce = self.nonce(last)?;
        let start = out.len();
        out.extend_from_slice(plain);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from([FORMAT]), &mut out[start..])
            .map_err(|_| SealingError::TooLong)?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens the next piece, in place.
    pub(crate) fn open(
        &mut self,
        mut sealed: Vec<u8>,
        last: bool,
    ) -> Result<Vec<u8>, SealingError> {
        let nonce = self.nonce(last)?;
        let length = self
            .key
            .open_in_place(nonce, Aad::from([FORMAT]), &mut sealed)
            .map_err(|_| SealingError::Altered)?
            .len();
        sealed.truncate(length);
        Ok(sealed)
    }

    fn nonce(&mut self, last: bool) -> Result<Nonce, SealingError> {
        let number = self.number.ok_or(SealingError::TooLong)?;
        self.number = number.checked_add(1).filter(|_| !last);
        let mut nonce = [0; NONCE_LEN];
        nonce[7..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(last);
        Ok(Nonce::assume_unique_for_key(nonce))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const KEY_1: [u8; KEY] = [7; KEY];

    fn sealed(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut sealer = Pieces::new(&KEY_1);
        let last = pieces.len() - 1;
        let seal = |(at, plain): (usize, &&[u8])| {
            let mut out = Vec::new();
            sealer.seal(plain, at == last, &mut out).unwrap();
            out
        };
        pieces.iter().enumerate().map(seal).collect()
    }

    fn opened(pieces: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, SealingError> {
        let mut opener = Pieces::new(&KEY_1);
        let last = pieces.len() - 1;
        let open = |(at, sealed): (usize, &Vec<u8>)| opener.open(sealed.clone(), at == last);
        pieces.iter().enumerate().map(open).collect()
    }

    #[test]
    fn pieces_open_in_their_order_alone() {
        let all = sealed(&[b"one", b"two", b"three"]);
        assert_eq!(
            opened(&all).unwrap(),
            [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]
        );
        let [one, two, three] = [&all[0], &all[1], &all[2]].map(Clone::clone);
        for wrong in [
            vec![one.clone(), two.clone()],
            vec![one.clone(), three.clone()],
            vec![two.clone(), one.clone(), three.clone()],
            vec![one.clone(), one.clone(), two.clone(), three.clone()],
            vec![one, two, three.clone(), three],
        ] {
            assert_eq!(opened(&wrong), Err(SealingError::Altered));
        }
    }

    #[test]
    fn nothing_follows_the_last_piece() {
        let mut sealer = Pieces::new(&KEY_1);
        sealer.seal(b"all", true, &mut Vec::new()).unwrap();
        let again = sealer.seal(b"more", false, &mut Vec::new());
        assert_eq!(again, Err(SealingError::TooLong));
    }

    proptest! {
        #[test]
        fn no_altered_byte_opens(plain: Vec<u8>, at: prop::sample::Index, change in 1u8..) {
            let mut pieces = sealed(&[&plain]);
            let at = at.index(pieces[0].len());
            pieces[0][at] ^= change;
            prop_assert_eq!(opened(&pieces), Err(SealingError::Altered));
        }
    }
}
