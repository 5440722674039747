//! Texts that are stored encrypted.

use uuid::Uuid;

use crate::{
    crypto::Keys,
    errors::{Problem, Result},
};

/// A column whose texts are encrypted with the data keys of the service. A sealed text is bound to the column and to the id
/// of its row: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn(&'static str);

impl SealedColumn {
    /// `purpose` distinguishes the column from all others, e.g. `identity.display_name`. It never changes: stored texts
    /// open under it alone.
    pub const fn new(purpose: &'static str) -> Self {
        Self(purpose)
    }

    /// Seals a text for the row of this id.
    pub fn seal(self, keys: &Keys, row: Uuid, text: &str) -> Vec<u8> {
        keys.seal(self.0, row.as_bytes(), text.as_bytes())
    }

    /// Opens what [`seal`](Self::seal) made for this row.
    pub fn open(self, keys: &Keys, row: Uuid, sealed: &[u8]) -> Result<String> {
        let plain = keys
            .open(self.0, row.as_bytes(), sealed)
            .map_err(Problem::internal)?;
        String::from_utf8(plain).map_err(|_| {
            // The error of the conversion would quote the text.
            Problem::internal(anyhow::anyhow!("a sealed text is not UTF-8"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn a_text_opens_in_its_column_and_row_alone() {
        let keys = Keys::parse(&format!("1:{}", STANDARD.encode([1; 32]))).unwrap();
        let (name, reason) = (
            SealedColumn::new("test.name"),
            SealedColumn::new("test.reason"),
        );
        let row = Uuid::from_u128(1);
        let sealed = name.seal(&keys, row, "王芳");
        assert_eq!(name.open(&keys, row, &sealed).unwrap(), "王芳");
        assert!(reason.open(&keys, row, &sealed).is_err());
        assert!(name.open(&keys, Uuid::from_u128(2), &sealed).is_err());
    }
}
