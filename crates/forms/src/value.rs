//! What an answer in normal form is compared by.

use serde_json::Value;

use crate::{day::Day, definition::Kind, numbers};

/// The key of an answer that is none of the options.
pub(crate) const OTHER: &str = "other";
/// No number of an answer is larger.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A number without fraction.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    let number = match value.as_i64() {
        Some(number) => number,
        None => {
            let number = value.as_f64()?;
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
            if number.fract() == 0.0 && number.abs() <= LARGEST as f64 {
                number as i64
            } else {
                return None;
            }
        }
    };
    (-LARGEST..=LARGEST).contains(&number).then_some(number)
}

/// The answer to a field that has an order, as a number that has it too: millionths of a decimal, days as 20261129.
pub(crate) fn number(kind: Kind, value: &Value) -> Option<i64> {
    match kind {
        Kind::Decimal => numbers::millionths(value.as_str()?),
        Kind::Date => Day::parse(value.as_str()?).map(Day::ordinal),
        _ => whole(value),
    }
}

/// The answer as a text that conditions compare.
pub(crate) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(_) => Some(OTHER),
        _ => None,
    }
}
