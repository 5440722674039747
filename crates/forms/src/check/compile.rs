//! Conditions, with the fields they name and the types of their values.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    compiled::Compiled,
    condition::{Comparison, Condition, MAX_NODES, Operand},
    definition::{Field, Kind},
    flaws::Flaws,
    form::Ready,
    value::{self, OTHER},
};

/// What a condition may look at.
struct Earlier<'a> {
    fields: &'a [Ready],
    places: &'a HashMap<String, usize>,
    path: &'a str,
}

/// The condition, on the fields before it; `None` if it has a flaw.
pub(super) fn condition(
    condition: &Condition,
    fields: &[Ready],
    places: &HashMap<String, usize>,
    path: &str,
    flaws: &mut Flaws,
) -> Option<Compiled> {
    let nodes = condition.nodes();
    if nodes > MAX_NODES {
        flaws.add(
            path,
            format!("{nodes} parts; at most {MAX_NODES}. Ask an earlier question that says it more simply."),
            format!("条件共有 {nodes} 项，至多 {MAX_NODES} 项，请简化。"),
        );
        return None;
    }
    let earlier = Earlier {
        fields,
        places,
        path,
    };
    earlier.compiled(condition, flaws)
}

impl Earlier<'_> {
    fn compiled(&self, condition: &Condition, flaws: &mut Flaws) -> Option<Compiled> {
        let all = |all: &[Condition], flaws: &mut Flaws| -> Option<Vec<Compiled>> {
            all.iter().map(|one| self.compiled(one, flaws)).collect()
        };
        Some(match condition {
            Condition::And(list) => Compiled::And(all(list, flaws)?),
            Condition::Or(list) => Compiled::Or(all(list, flaws)?),
            Condition::Not(one) => Compiled::Not(Box::new(self.compiled(one, flaws)?)),
            Condition::Compare { field, is, to } => {
                let (at, field) = self.field(field, flaws)?;
                match comparison(at, field, *is, to) {
                    Some(compiled) => compiled,
                    None => return self.unfit(field, flaws),
                }
            }
            Condition::In { field, values } => {
                let (at, field) = self.field(field, flaws)?;
                match among(at, field, values) {
                    Some(compiled) => compiled,
                    None => return self.unfit(field, flaws),
                }
            }
            Condition::Empty { field } => Compiled::Empty(self.field(field, flaws)?.0),
            Condition::Count { field, is, to } => {
                let (at, field) = self.field(field, flaws)?;
                match field.kind {
                    Kind::Multiple | Kind::Ranking | Kind::Matrix | Kind::File | Kind::Table
                        if (0..=1000).contains(to) =>
                    {
                        Compiled::Count(at, *is, *to)
                    }
                    _ => return self.unfit(field, flaws),
                }
            }
        })
    }

    fn field(&self, key: &str, flaws: &mut Flaws) -> Option<(usize, &Field)> {
        let found = self
            .places
            .get(key)
            .and_then(|at| Some((*at, &self.fields.get(*at)?.field)));
        if found.is_none() {
            flaws.add(
                self.path,
                format!("Names {key:?}, which is no field before this one; name an earlier field."),
                format!("条件引用了“{key}”，它不是在此之前的字段，请改选前面的字段。"),
            );
        }
        found
    }

    fn unfit(&self, field: &Field, flaws: &mut Flaws) -> Option<Compiled> {
        flaws.add(
            self.path,
            format!("Does not suit the type of {:?}: compare it with a value of its type, in normal form.", field.key),
            format!("与字段“{}”的类型不符：请按该字段的类型选择比较方式和取值。", field.key),
        );
        None
    }
}

fn comparison(at: usize, field: &Field, is: Comparison, to: &Operand) -> Option<Compiled> {
    let value = match to {
        Operand::Today { years } => {
            let fits = field.kind == Kind::Date && (-150..=150).contains(years);
            return fits.then_some(Compiled::Today(at, is, *years));
        }
        Operand::Value(value) => value,
    };
    match field.kind {
        Kind::Integer | Kind::Scale | Kind::Money | Kind::Decimal | Kind::Date => Some(
            Compiled::Number(at, field.kind, is, value::number(field.kind, value)?),
        ),
        Kind::YesNo | Kind::Agree if !is.orders() => Some(Compiled::Flag(at, is, value.as_bool()?)),
        Kind::Text
        | Kind::Single
        | Kind::Division
        | Kind::Discipline
        | Kind::Organisation
        | Kind::Person
            if !is.orders() =>
        {
            Some(Compiled::Text(at, is, constant(field, value)?))
        }
        _ => None,
    }
}

fn among(at: usize, field: &Field, values: &[Value]) -> Option<Compiled> {
    if values.is_empty() || values.len() > 200 {
        return None;
    }
    match field.kind {
        Kind::Integer | Kind::Scale | Kind::Money | Kind::Decimal | Kind::Date => {
            let numbers: Option<Vec<i64>> = values
                .iter()
                .map(|value| value::number(field.kind, value))
                .collect();
            Some(Compiled::NumberIn(at, field.kind, numbers?))
        }
        Kind::Text
        | Kind::Single
        | Kind::Multiple
        | Kind::Division
        | Kind::Discipline
        | Kind::Organisation
        | Kind::Person => {
            let texts: Option<Vec<String>> =
                values.iter().map(|value| constant(field, value)).collect();
            Some(Compiled::TextIn(at, texts?))
        }
        _ => None,
    }
}

/// A text that an answer to this field can be.
fn constant(field: &Field, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = match field.kind {
        Kind::Single | Kind::Multiple => {
            field.options.iter().any(|option| option.key == text) || field.other && text == OTHER
        }
        Kind::Text => text::line(text) == text,
        Kind::Organisation => text == text.to_ascii_lowercase(),
        _ => text::number(text) == text,
    };
    (fits && !text.is_empty()).then(|| text.to_owned())
}
