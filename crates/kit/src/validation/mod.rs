//! The validation layer: every request is checked against the limits that its proto file states before a method sees it.
//!
//! * [`plan`]: reads the rules (`buf.validate.field`, `google.api.field_behavior`) when the service starts. A rule that is not
//!   implemented here stops the service from starting: a limit that stands in the contract holds.
//! * [`checks`]: one rule on one value; `typed`: which rule becomes which check.
//! * `walk`: a message against its plan; one violation a field, with the field's path.
//! * `utf8`: which field of an unreadable message holds malformed text.
//! * `layer`: the tower layer.
//!
//! Semantics are those of protovalidate: rules hold for fields without presence also when they are left out (unless
//! `ignore: IGNORE_IF_ZERO_VALUE`), and for fields with presence only when they are given. `REQUIRED` means given, and for fields
//! without presence not zero (`bool` excepted, where `false` cannot be told from absent). `OUTPUT_ONLY` fields are ignored.

pub mod checks;
pub(crate) mod layer;
pub mod plan;
mod typed;
mod utf8;
mod walk;

pub use plan::{PlanError, Validator};

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in proto names, e.g. `items[2].division_code`; empty for the message itself.
    pub field: String,
    /// What is wrong and what to do, without what was sent.
    pub description: String,
}

#[cfg(test)]
mod tests;
