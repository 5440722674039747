//! Why something cannot be done with a form.

use forms::Flaw;
use kit::errors::Problem;
use proto_forms::reasons;

/// Why something cannot be done with a form.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// It cannot be asked.
    #[error("the definition has {} flaws", .0.len())]
    Invalid(Vec<Flaw>),
    /// The definition has more bytes than a form may have.
    #[error("the definition is too large")]
    TooLarge,
    /// There is no draft.
    #[error("there is no draft")]
    NoDraft,
    /// The publisher has worked on the draft.
    #[error("an editor cannot publish")]
    FourEyes,
    /// It has no version of this number.
    #[error("no such version")]
    NoVersion,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(flaws) => {
                flaws
                    .into_iter()
                    .fold(Self::of(&reasons::FORM_INVALID), |problem, flaw| {
                        problem.field(format!("definition.{}", flaw.path), (flaw.en, flaw.zh))
                    })
            }
            Error::TooLarge => Self::invalid(
                "definition",
                (
                    "Larger than 256 KiB; ask less, or in fewer words.",
                    "表单定义超过 256 KiB，请精简内容。",
                ),
            ),
            Error::NoDraft => Self::of(&reasons::FORM_DRAFT_MISSING),
            Error::FourEyes => Self::of(&reasons::FORM_FOUR_EYES),
            Error::NoVersion => Self::of(&reasons::NOT_FOUND),
        }
    }
}
