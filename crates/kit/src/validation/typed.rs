//! Maps rules of the contract to [`Check`]s, type by type.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use regex::Regex;

use super::{
    checks::{Bound, Check, nanoseconds},
    error::{PlanError, unsupported},
};

/// The rules of one type, e.g. `StringRules`.
pub(super) fn typed(
    of: &str,
    rules: &DynamicMessage,
    field: &FieldDescriptor,
    kind: &Kind,
) -> Result<Vec<Check>, PlanError> {
    let mut checks = Vec::new();
    for (rule, value) in rules.fields().filter(|(rule, _)| rule.name() != "example") {
        let full = format!("{of}.{}", rule.name());
        let read = match of {
            "string" => text(rule.name(), value),
            "bytes" => raw(rule.name(), value),
            "bool" => match (rule.name(), value) {
                ("const", Value::Bool(wanted)) => Some(vec![Check::Truth(*wanted)]),
                _ => None,
            },
            "enum" => enumeration(rule.name(), value, kind),
            "float" | "double" => real(rule.name(), value),
            "timestamp" | "duration" => temporal(rule.name(), value),
            _ => whole(rule.name(), value),
        };
        match read {
            Some(read) => checks.extend(read),
            None if full == "string.pattern" => {
                return Err(PlanError::Malformed {
                    field: field.full_name().to_owned(),
                    rule: full,
                });
            }
            None => return Err(unsupported(field.full_name(), &full)),
        }
    }
    Ok(checks)
}

fn text(rule: &str, value: &Value) -> Option<Vec<Check>> {
    let word = || value.as_str().map(str::to_owned);
    let words = || {
        value.as_list().map(|l| {
            l.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        })
    };
    let form = |check| {
        value
            .as_bool()
            .map(|on| if on { vec![check] } else { Vec::new() })
    };
    match rule {
        "min_len" => value.as_u64().map(|n| vec![Check::MinLen(n)]),
        "max_len" => value.as_u64().map(|n| vec![Check::MaxLen(n)]),
        "len" => value
            .as_u64()
            .map(|n| vec![Check::MinLen(n), Check::MaxLen(n)]),
        "min_bytes" => value.as_u64().map(|n| vec![Check::MinBytes(n)]),
        "max_bytes" => value.as_u64().map(|n| vec![Check::MaxBytes(n)]),
        "len_bytes" => value
            .as_u64()
            .map(|n| vec![Check::MinBytes(n), Check::MaxBytes(n)]),
        "pattern" => Regex::new(value.as_str()?)
            .ok()
            .map(|pattern| vec![Check::Pattern(pattern)]),
        "prefix" => word().map(|w| vec![Check::Prefix(w)]),
        "suffix" => word().map(|w| vec![Check::Suffix(w)]),
        "contains" => word().map(|w| vec![Check::Contains(w)]),
        "not_contains" => word().map(|w| vec![Check::NotContains(w)]),
        "const" => word().map(|w| vec![Check::OneOf(vec![w])]),
        "in" => words().map(|w| vec![Check::OneOf(w)]),
        "not_in" => words().map(|w| vec![Check::NoneOf(w)]),
        "uuid" => form(Check::Uuid),
        "email" => form(Check::Email),
        "uri" => form(Check::Uri),
        _ => None,
    }
}

fn raw(rule: &str, value: &Value) -> Option<Vec<Check>> {
    let n = value.as_u64()?;
    match rule {
        "min_len" => Some(vec![Check::MinBytes(n)]),
        "max_len" => Some(vec![Check::MaxBytes(n)]),
        "len" => Some(vec![Check::MinBytes(n), Check::MaxBytes(n)]),
        _ => None,
    }
}

fn enumeration(rule: &str, value: &Value, kind: &Kind) -> Option<Vec<Check>> {
    match rule {
        "defined_only" => {
            let defined = Check::Defined(kind.as_enum()?.clone());
            value
                .as_bool()
                .map(|on| if on { vec![defined] } else { Vec::new() })
        }
        "const" | "in" | "not_in" => whole(rule, value),
        _ => None,
    }
}

fn whole(rule: &str, value: &Value) -> Option<Vec<Check>> {
    let one = || number(value);
    let many = || {
        value
            .as_list()
            .map(|list| list.iter().filter_map(number).collect())
    };
    match rule {
        "const" => one().map(|n| vec![Check::WholeIn(vec![n])]),
        "in" => many().map(|n| vec![Check::WholeIn(n)]),
        "not_in" => many().map(|n| vec![Check::WholeNotIn(n)]),
        _ => Some(vec![Check::Whole(bound(rule)?, one()?)]),
    }
}

fn number(value: &Value) -> Option<i128> {
    match value {
        Value::I32(n) | Value::EnumNumber(n) => Some((*n).into()),
        Value::I64(n) => Some((*n).into()),
        Value::U32(n) => Some((*n).into()),
        Value::U64(n) => Some((*n).into()),
        _ => None,
    }
}

fn real(rule: &str, value: &Value) -> Option<Vec<Check>> {
    match (rule, value) {
        ("finite", Value::Bool(on)) => Some(if *on { vec![Check::Finite] } else { Vec::new() }),
        (_, Value::F64(n)) => Some(vec![Check::Real(bound(rule)?, *n)]),
        (_, Value::F32(n)) => Some(vec![Check::Real(bound(rule)?, (*n).into())]),
        _ => None,
    }
}

fn temporal(rule: &str, value: &Value) -> Option<Vec<Check>> {
    match (rule, value) {
        ("lt_now", Value::Bool(on)) => Some(if *on { vec![Check::Past] } else { Vec::new() }),
        ("gt_now", Value::Bool(on)) => Some(if *on { vec![Check::Future] } else { Vec::new() }),
        ("within", Value::Message(span)) => Some(vec![Check::Within(nanoseconds(span)?)]),
        (_, Value::Message(limit)) => {
            Some(vec![Check::Nanoseconds(bound(rule)?, nanoseconds(limit)?)])
        }
        _ => None,
    }
}

fn bound(rule: &str) -> Option<Bound> {
    match rule {
        "gt" => Some(Bound::Gt),
        "gte" => Some(Bound::Gte),
        "lt" => Some(Bound::Lt),
        "lte" => Some(Bound::Lte),
        _ => None,
    }
}
