//! Why a document cannot be made.

/// Why a document cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// No font has a glyph for these characters.
    #[error("no font has {}", codes(.0))]
    MissingGlyphs(Vec<char>),
    /// A text does not fit into its place, however small.
    #[error("a text is too long for the page")]
    TooLong,
    /// There is no such template, or it is for other fonts.
    #[error("no such template")]
    TemplateUnknown,
    /// A template names a fact that the order does not have.
    #[error("the fact {0} is missing")]
    FactMissing(String),
    /// A font file is missing, damaged or another version.
    #[error("font {name}: {why}")]
    Font {
        /// Its name in the edition.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The order cannot be read.
    #[error("the order cannot be read")]
    Order,
    /// A document that is to be cleaned cannot be read as PDF.
    #[error("the document cannot be read")]
    Unreadable,
    /// A document that is to be cleaned needs a password.
    #[error("the document is locked")]
    Locked,
    /// The document would not be PDF/A.
    #[error("the document is not valid: {0}")]
    Document(String),
}

/// Code points as people quote them: `U+20BB7`.
pub fn codes(characters: &[char]) -> String {
    let codes: Vec<String> = characters
        .iter()
        .map(|character| format!("U+{:04X}", u32::from(*character)))
        .collect();
    codes.join(" ")
}
