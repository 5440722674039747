//! What becomes of what people try.

use anyhow::{Context as _, Result};
use journey::visitor::Answer;
use serde_json::Value;

/// What became of a doing.
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// There was nothing to do: no application waits, no activity is open.
    Nothing,
    /// The platform refused it.
    Refused(String),
}

/// What an answer means.
pub(crate) fn outcome(answer: Answer) -> Outcome {
    match answer.status {
        200 => Outcome::Done,
        status => Outcome::Refused(format!("{status} {}", answer.code())),
    }
}

/// The elements of a list of an answer.
pub(crate) fn list<'a>(answer: &'a Value, field: &str) -> Result<&'a [Value]> {
    let list = answer[field].as_array().map(Vec::as_slice);
    list.with_context(|| format!("no {field}"))
}
