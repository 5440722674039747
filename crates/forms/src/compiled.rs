//! Conditions that are ready to be evaluated.

use serde_json::Value;

use crate::{condition::Comparison, day::Day, definition::Kind, value};

/// A condition whose fields are places in the form and whose values have the type of the field.
#[derive(Clone, Debug)]
pub(crate) enum Compiled {
    And(Vec<Compiled>),
    Or(Vec<Compiled>),
    Not(Box<Compiled>),
    Number(usize, Kind, Comparison, i64),
    Text(usize, Comparison, String),
    Today(usize, Comparison, i32),
    Flag(usize, Comparison, bool),
    NumberIn(usize, Kind, Vec<i64>),
    TextIn(usize, Vec<String>),
    Empty(usize),
    Count(usize, Comparison, i64),
}

impl Compiled {
    /// Whether it holds for the answers to the fields before it, in normal form.
    pub(crate) fn holds(&self, answers: &[Option<Value>], today: Day) -> bool {
        let answer = |at: usize| answers.get(at).and_then(Option::as_ref);
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(answers, today)),
            Self::Or(all) => all.iter().any(|one| one.holds(answers, today)),
            Self::Not(one) => !one.holds(answers, today),
            Self::Number(at, kind, is, to) => answer(*at)
                .and_then(|value| value::number(*kind, value))
                .is_some_and(|value| is.holds(&value, to)),
            Self::Text(at, is, to) => answer(*at)
                .and_then(value::text)
                .is_some_and(|value| is.holds(value, to)),
            Self::Today(at, is, years) => answer(*at)
                .and_then(|value| value::number(Kind::Date, value))
                .is_some_and(|value| is.holds(&value, &today.plus_years(*years).ordinal())),
            Self::Flag(at, is, to) => answer(*at)
                .and_then(Value::as_bool)
                .is_some_and(|value| is.holds(&value, to)),
            Self::NumberIn(at, kind, values) => answer(*at)
                .and_then(|value| value::number(*kind, value))
                .is_some_and(|value| values.contains(&value)),
            Self::TextIn(at, values) => answer(*at).is_some_and(|value| {
                let known = |one: &Value| {
                    value::text(one).is_some_and(|text| values.iter().any(|value| value == text))
                };
                match value {
                    Value::Array(chosen) => chosen.iter().any(known),
                    one => known(one),
                }
            }),
            Self::Empty(at) => answer(*at).is_none(),
            Self::Count(at, is, to) => {
                let count = match answer(*at) {
                    Some(Value::Array(chosen)) => chosen.len(),
                    Some(Value::Object(rows)) => rows.len(),
                    _ => 0,
                };
                is.holds(&i64::try_from(count).unwrap_or(i64::MAX), to)
            }
        }
    }
}
