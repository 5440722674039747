//! One rule on one value. The words end with what to do and never repeat the value: it may be personal data.

use std::{collections::HashSet, sync::LazyLock};

use prost_reflect::{DynamicMessage, EnumDescriptor, Value};
use regex::Regex;
use time::OffsetDateTime;

/// The form of a mail address in HTML (WHATWG, `input type=email`), which is what protovalidate asks for.
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

    fn words(self) -> &'static str {
        match self {
            Self::Gt => "greater than",
            Self::Gte => "at least",
            Self::Lt => "less than",
            Self::Lte => "at most",
        }
    }
}

/// A rule, ready to be applied.
#[derive(Clone, Debug)]
pub enum Check {
    /// Characters of a string at least.
    MinLen(u64),
    /// Characters of a string at most.
    MaxLen(u64),
    /// Bytes of a string or of bytes at least.
    MinBytes(u64),
    /// Bytes of a string or of bytes at most.
    MaxBytes(u64),
    /// A string matches somewhere.
    Pattern(Regex),
    /// A string begins so.
    Prefix(String),
    /// A string ends so.
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
    /// A fractional number within a bound; never passes for NaN.
    Real(Bound, f64),
    /// A fractional number is neither infinite nor NaN.
    Finite,
    /// A truth value.
    Truth(bool),
    /// An enum value that the contract names.
    Defined(EnumDescriptor),
    /// Items of a list, or entries of a map, at least.
    MinItems(u64),
    /// Items of a list, or entries of a map, at most.
    MaxItems(u64),
    /// No item twice.
    Unique,
    /// A moment in the past.
    Past,
    /// A moment in the future.
    Future,
    /// A moment at most so many nanoseconds from now.
    Within(i128),
    /// A moment or a duration within a bound, in nanoseconds.
    Nanoseconds(Bound, i128),
}

impl Check {
    /// What is wrong with the value, if anything is.
    pub fn apply(&self, value: &Value, now: OffsetDateTime) -> Option<String> {
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

    fn words(&self) -> String {
        match self {
            Self::MinLen(1) => "Empty; give a value.".to_owned(),
            Self::MinLen(least) => format!("Too short; give at least {least} characters."),
            Self::MaxLen(most) => format!("Too long; give at most {most} characters."),
            Self::MinBytes(least) => format!("Too short; give at least {least} bytes."),
            Self::MaxBytes(most) => format!("Too long; give at most {most} bytes."),
            Self::Pattern(pattern) => format!("Not of the right form; it must match {pattern}."),
            Self::Prefix(prefix) => format!("Not of the right form; begin it with {prefix}."),
            Self::Suffix(suffix) => format!("Not of the right form; end it with {suffix}."),
            Self::Contains(part) => format!("Not of the right form; it must contain {part}."),
            Self::NotContains(part) => {
                format!("Not of the right form; it must not contain {part}.")
            }
            Self::OneOf(known) => format!("Not a known value; give one of {}.", known.join(", ")),
            Self::NoneOf(known) => format!(
                "Not allowed here; give something else than {}.",
                known.join(", ")
            ),
            Self::Uuid => "Not an id; give a UUID of 36 characters.".to_owned(),
            Self::Email => "Not a mail address; correct it.".to_owned(),
            Self::Uri => "Not an address; give an absolute URI.".to_owned(),
            Self::Whole(bound, limit) => {
                format!("Out of range; give a number {} {limit}.", bound.words())
            }
            Self::WholeIn(known) => format!("Not allowed here; give one of {}.", list(known)),
            Self::WholeNotIn(known) if known.contains(&0) => {
                "Not set or not allowed here; choose a value.".to_owned()
            }
            Self::WholeNotIn(known) => format!(
                "Not allowed here; give something else than {}.",
                list(known)
            ),
            Self::Real(bound, limit) => {
                format!("Out of range; give a number {} {limit}.", bound.words())
            }
            Self::Finite => "Not a number that can be used; give a finite one.".to_owned(),
            Self::Truth(wanted) => format!("Must be {wanted}; confirm it."),
            Self::Defined(known) => format!("Not a known value; give one of {}.", names(known)),
            Self::MinItems(least) => format!("Too few; give at least {least}."),
            Self::MaxItems(most) => format!("Too many; give at most {most}."),
            Self::Unique => "Something stands there twice; give each once.".to_owned(),
            Self::Past => "Not in the past; give an earlier time.".to_owned(),
            Self::Future => "Not in the future; give a later time.".to_owned(),
            Self::Within(span) => format!(
                "Too far from now; give a time within {} seconds.",
                span / 1_000_000_000
            ),
            Self::Nanoseconds(bound, limit) => {
                format!(
                    "Out of range; it must be {} {} seconds.",
                    bound.words(),
                    *limit as f64 / 1e9
                )
            }
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

/// A timestamp since 1970, or a duration.
pub(super) fn nanoseconds(message: &DynamicMessage) -> Option<i128> {
    let seconds = message.get_field_by_name("seconds")?.as_i64()?;
    let nanos = message.get_field_by_name("nanos")?.as_i32()?;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
}

/// Lists that must be free of duplicates hold texts, numbers or enum values: their encoded form tells them apart.
fn distinct(items: &[Value]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().all(|item| {
        seen.insert(match item {
            Value::String(text) => text.clone(),
            other => format!("{other:?}"),
        })
    })
}

fn list(numbers: &[i128]) -> String {
    numbers
        .iter()
        .map(i128::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn names(known: &EnumDescriptor) -> String {
    let named = known.values().filter(|value| value.number() != 0).take(20);
    named
        .map(|value| value.name().to_owned())
        .collect::<Vec<_>>()
        .join(", ")
}
