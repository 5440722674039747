//! The validation layer: the texts of every request are read as its proto file says, and what was read is checked against the limits that
//! the file states, before a method sees it.
//!
//! * [`plan`]: reads the rules (`buf.validate.field`, `google.api.field_behavior`, `cast.options.v1.reading`) when the service starts. A rule
//!   that is not implemented here stops the service from starting, and so does a text that does not say how it is read.
//! * `texts`: how one text is read; `reading`: reads the texts of a message.
//! * [`checks`]: one rule on one value; `typed`: which rule becomes which check; `words`: what a refusal says.
//! * `walk`: a message against its plan; one violation a field, with the field's path.
//! * `utf8`: which field of an unreadable message holds malformed text.
//! * `layer`: the tower layer.
//!
//! Semantics are those of protovalidate: rules hold for fields without presence also when they are left out (unless
//! `ignore: IGNORE_IF_ZERO_VALUE`), and for fields with presence only when they are given. `REQUIRED` means given, and for fields
//! without presence not zero (`bool` excepted, where `false` cannot be told from absent). `OUTPUT_ONLY` fields are ignored.

pub mod checks;
mod error;
pub(crate) mod layer;
pub mod plan;
mod reading;
mod texts;
mod typed;
mod utf8;
mod walk;
mod words;

pub use error::PlanError;
pub(crate) use layer::Checked;
pub use plan::Validator;

use crate::errors::Words;

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in proto names, e.g. `items[2].division_code`; empty for the message itself.
    pub field: String,
    /// What is wrong and what to do, without what was sent.
    pub description: Words,
}

#[cfg(test)]
mod tests;
