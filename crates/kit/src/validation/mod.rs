//! The validation layer: before a method runs, the texts of its request are normalised as the proto file declares, and
//! the result is checked against the limits in the file.
//!
//! * [`plan`]: reads the rules (`buf.validate.field`, `google.api.field_behavior`, `cast.options.v1.reading`) when the
//!   service starts. A rule that is not implemented stops the service from starting, and so does a text without a
//!   reading.
//! * `texts`: normalises one text; `reading`: normalises the texts of a message.
//! * [`checks`]: one rule on one value; `typed`: maps rules to checks; `words`: the texts of violations.
//! * `walk`: checks a message against its plan; one violation per field, with the field's path.
//! * `utf8`: finds the field with malformed text in an undecodable message.
//! * `layer`: the tower layer.
//!
//! Semantics are those of protovalidate: rules apply to fields without presence also when they are absent (unless
//! `ignore: IGNORE_IF_ZERO_VALUE`), and to fields with presence only when they are set. `REQUIRED` means set, and for
//! fields without presence not zero (except `bool`, where `false` cannot be distinguished from absent). `OUTPUT_ONLY`
//! fields are ignored.

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
    /// The problem and what to do, without the value.
    pub description: Words,
}

#[cfg(test)]
mod tests;
