//! What is asked for, and the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, codes};

/// A paper that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Id of the template.
    pub template: String,
    /// Its version.
    pub version: u32,
    /// Whom it is about, as it is printed.
    pub holder: String,
    /// Who issues it.
    pub issuer: String,
    /// Its number.
    pub number: String,
    /// Day of issue in China: year, month, day.
    pub issued_on: (u16, u8, u8),
    /// The content of the QR code: the link to the verification page.
    pub link: String,
    /// What the template's words name.
    pub facts: BTreeMap<String, Fact>,
    /// Whether it is only checked that the paper can be made.
    #[serde(default)]
    pub check_only: bool,
}

/// A fact, as it stands in the text of each language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A paper that was made.
#[derive(Debug, Default)]
pub struct Made {
    /// The document; empty if it was only checked.
    pub pdf: Vec<u8>,
}

/// Why there is no document, for the program that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Of a paper: `MISSING_GLYPHS`, `TOO_LONG`; of a document: `UNREADABLE`, `LOCKED`; `FAILED` for what is no fault of the facts.
    pub code: String,
    /// The code points of `MISSING_GLYPHS`; otherwise for operators. Quotes no fact.
    pub detail: String,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        let (code, detail) = match error {
            Error::MissingGlyphs(characters) => ("MISSING_GLYPHS", codes(characters)),
            Error::TooLong => ("TOO_LONG", String::new()),
            Error::Unreadable => ("UNREADABLE", String::new()),
            Error::Locked => ("LOCKED", String::new()),
            other => ("FAILED", other.to_string()),
        };
        Self {
            code: code.to_owned(),
            detail,
        }
    }
}
