//! Why a contract cannot be enforced.

/// A rule that the layer cannot check.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// The rule exists but is not implemented here.
    #[error("{field}: the rule `{rule}` is not implemented by the validation layer")]
    Unsupported {
        /// Full name of the field or message.
        field: String,
        /// E.g. `string.ip`.
        rule: String,
    },
    /// The rule is malformed.
    #[error("{field}: the rule `{rule}` cannot be read")]
    Malformed {
        /// Full name of the field.
        field: String,
        /// E.g. `string.pattern`.
        rule: String,
    },
    /// A text field of a request does not declare how it is read.
    #[error("{0} does not say how it is read: give it the option (cast.options.v1.reading)")]
    Unread(String),
    /// A field that is not text declares how it is read.
    #[error(
        "{0} is no text, and says how it is read: take the option (cast.options.v1.reading) away"
    )]
    NoText(String),
}

pub(super) fn unsupported(field: &str, rule: &str) -> PlanError {
    PlanError::Unsupported {
        field: field.to_owned(),
        rule: rule.to_owned(),
    }
}
