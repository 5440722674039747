//! One rule on one value.

use std::{collections::HashSet, sync::LazyLock};

use prost_reflect::{DynamicMessage, EnumDescriptor, Value};
use regex::Regex;
use time::OffsetDateTime;

use crate::errors::Words;

/// The form of a mail address in HTML (WHATWG, `input type=email`), as protovalidate requires.
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    Regex::new(&format!(
        r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{label}(?:\.{label})*$"
    ))
    .ok()
});

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
}

impl Bound {
    fn holds<T: PartialOrd>(self, value: &T, limit: &T) -> bool {
        match self {
            Self::Gt => value > limit,
            Self::Gte => value >= limit,
            Self::Lt => value < limit,
            Self::Lte => value <= limit,
        }
    }
}

/// A rule, ready to be applied.
#[derive(Clone, Debug)]
pub enum Check {
    /// Minimum characters of a string.
    MinLen(u64),
    /// Maximum characters of a string.
    MaxLen(u64),
    /// Minimum bytes of a string or of bytes.
    MinBytes(u64),
    /// Maximum bytes of a string or of bytes.
    MaxBytes(u64),
    /// The pattern matches anywhere in a string.
    Pattern(Regex),
    /// Prefix of a string.
    Prefix(String),
    /// Suffix of a string.
    Suffix(String),
    /// A string contains this.
    Contains(String),
    /// A string does not contain this.
    NotContains(String),
    /// A string is one of these.
    OneOf(Vec<String>),
    /// A string is none of these.
    NoneOf(Vec<String>),
    /// A UUID of 36 characters.
    Uuid,
    /// A mail address.
    Email,
    /// An absolute URI.
    Uri,
    /// A whole number within a bound.
    Whole(Bound, i128),
    /// A whole number or enum value is one of these.
    WholeIn(Vec<i128>),
    /// A whole number or enum value is none of these.
    WholeNotIn(Vec<i128>),
    /// A floating-point number within a bound; never passes for NaN.
    Real(Bound, f64),
    /// A floating-point number is neither infinite nor NaN.
    Finite,
    /// A boolean.
    Truth(bool),
    /// An enum value that is defined in the contract.
    Defined(EnumDescriptor),
    /// Minimum items of a list or entries of a map.
    MinItems(u64),
    /// Maximum items of a list or entries of a map.
    MaxItems(u64),
    /// No duplicate items.
    Unique,
    /// A timestamp in the past.
    Past,
    /// A timestamp in the future.
    Future,
    /// A timestamp at most this many nanoseconds from now.
    Within(i128),
    /// A timestamp or a duration within a bound, in nanoseconds.
    Nanoseconds(Bound, i128),
}

impl Check {
    /// The violation, if the value breaks the rule.
    pub fn apply(&self, value: &Value, now: OffsetDateTime) -> Option<Words> {
        if self.holds(value, now) {
            None
        } else {
            Some(self.words())
        }
    }

    fn holds(&self, value: &Value, now: OffsetDateTime) -> bool {
        let text = || value.as_str().unwrap_or_default();
        match self {
            Self::MinLen(least) => text().chars().count() as u64 >= *least,
            Self::MaxLen(most) => text().chars().count() as u64 <= *most,
            Self::MinBytes(least) => bytes(value) >= *least,
            Self::MaxBytes(most) => bytes(value) <= *most,
            Self::Pattern(pattern) => pattern.is_match(text()),
            Self::Prefix(prefix) => text().starts_with(prefix.as_str()),
            Self::Suffix(suffix) => text().ends_with(suffix.as_str()),
            Self::Contains(part) => text().contains(part.as_str()),
            Self::NotContains(part) => !text().contains(part.as_str()),
            Self::OneOf(known) => known.iter().any(|one| one == text()),
            Self::NoneOf(known) => known.iter().all(|one| one != text()),
            Self::Uuid => is_uuid(text()),
            Self::Email => {
                text().len() <= 254 && EMAIL.as_ref().is_some_and(|form| form.is_match(text()))
            }
            Self::Uri => url::Url::parse(text()).is_ok(),
            Self::Whole(bound, limit) => {
                whole(value).is_some_and(|number| bound.holds(&number, limit))
            }
            Self::WholeIn(known) => whole(value).is_some_and(|number| known.contains(&number)),
            Self::WholeNotIn(known) => whole(value).is_some_and(|number| !known.contains(&number)),
            Self::Real(bound, limit) => {
                real(value).is_some_and(|number| bound.holds(&number, limit))
            }
            Self::Finite => real(value).is_some_and(f64::is_finite),
            Self::Truth(wanted) => value.as_bool() == Some(*wanted),
            Self::Defined(known) => value
                .as_enum_number()
                .is_some_and(|number| known.get_value(number).is_some()),
            Self::MinItems(least) => items(value) >= *least,
            Self::MaxItems(most) => items(value) <= *most,
            Self::Unique => value.as_list().is_none_or(distinct),
            Self::Past => value
                .as_message()
                .and_then(nanoseconds)
                .is_some_and(|at| at < now.unix_timestamp_nanos()),
            Self::Future => value
                .as_message()
                .and_then(nanoseconds)
                .is_some_and(|at| at > now.unix_timestamp_nanos()),
            Self::Within(span) => value
                .as_message()
                .and_then(nanoseconds)
                .is_some_and(|at| (at - now.unix_timestamp_nanos()).abs() <= *span),
            Self::Nanoseconds(bound, limit) => value
                .as_message()
                .and_then(nanoseconds)
                .is_some_and(|at| bound.holds(&at, limit)),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Bytes(bytes) => bytes.len() as u64,
        _ => 0,
    }
}

fn items(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.len() as u64,
        Value::Map(entries) => entries.len() as u64,
        _ => 0,
    }
}

fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::I32(n) | Value::EnumNumber(n) => Some((*n).into()),
        Value::I64(n) => Some((*n).into()),
        Value::U32(n) => Some((*n).into()),
        Value::U64(n) => Some((*n).into()),
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::F32(n) => Some((*n).into()),
        Value::F64(n) => Some(*n),
        _ => None,
    }
}

/// Nanoseconds of a timestamp since 1970, or of a duration.
pub(super) fn nanoseconds(message: &DynamicMessage) -> Option<i128> {
    let seconds = message.get_field_by_name("seconds")?.as_i64()?;
    let nanos = message.get_field_by_name("nanos")?.as_i32()?;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
}

/// Lists without duplicates hold texts, numbers or enum values, which their encoded form distinguishes.
fn distinct(items: &[Value]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().all(|item| {
        seen.insert(match item {
            Value::String(text) => text.clone(),
            other => format!("{other:?}"),
        })
    })
}
