//! What a paper says: sealed as one text.

use kit::{
    crypto::Keys,
    errors::{Problem, Result},
    sealed::SealedColumn,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Holder, issuer and facts of a paper.
const FACTS: SealedColumn = SealedColumn::new("papers.facts");

/// A fact as it is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// In the Chinese text.
    pub zh: String,
    /// In the English text.
    pub en: String,
}

impl Fact {
    /// The same in both languages: numbers, and names that have no other form.
    pub fn same(text: impl Into<String>) -> Self {
        let zh = text.into();
        Self { en: zh.clone(), zh }
    }
}

/// What a paper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Whom it is about.
    pub holder: String,
    /// Who issues it.
    pub issuer: String,
    /// In the order in which they are shown.
    pub facts: Vec<(String, Fact)>,
}

impl Facts {
    /// Sealed for this paper.
    pub(crate) fn seal(&self, keys: &Keys, paper_id: Uuid) -> Result<Vec<u8>> {
        let text = serde_json::to_string(self).map_err(Problem::internal)?;
        Ok(FACTS.seal(keys, paper_id, &text))
    }

    /// What was sealed for this paper.
    pub(crate) fn open(keys: &Keys, paper_id: Uuid, sealed: &[u8]) -> Result<Self> {
        let text = FACTS.open(keys, paper_id, sealed)?;
        serde_json::from_str(&text).map_err(|_| {
            // The error would quote the text.
            Problem::internal(anyhow::anyhow!("sealed facts cannot be read"))
        })
    }
}
