//! Checks a message against its plan.

use prost_reflect::{DynamicMessage, Kind, ReflectMessage as _, Value};
use time::OffsetDateTime;

use super::{
    Violation,
    checks::{Check, nanoseconds},
    plan::{FieldPlan, Validator, is_json},
    words,
};
use crate::errors::Words;

/// More are of no use, and a list of a million bad items must not become a million violations.
pub(super) const MAX_VIOLATIONS: usize = 20;

/// Seconds of 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// 10,000 years.
const DURATION_SECONDS: std::ops::RangeInclusive<i64> = -315_576_000_000..=315_576_000_000;

impl Validator {
    /// The fields of `message` that break a rule: one violation each, at most 20.
    pub fn check(&self, message: &DynamicMessage) -> Vec<Violation> {
        let mut walk = Walk {
            validator: self,
            now: self.clock.now(),
            found: Vec::new(),
        };
        walk.message(message, "");
        walk.found
    }
}

struct Walk<'a> {
    validator: &'a Validator,
    now: OffsetDateTime,
    found: Vec<Violation>,
}

impl Walk<'_> {
    fn message(&mut self, message: &DynamicMessage, path: &str) {
        let descriptor = message.descriptor();
        let Some(plan) = self.validator.messages.get(descriptor.full_name()) else {
            return;
        };
        for field in &plan.fields {
            if self.found.len() >= MAX_VIOLATIONS {
                return;
            }
            self.field(message, field, &join(path, field.field.name()));
        }
        for oneof in &plan.required_oneofs {
            if !oneof.fields().any(|field| message.has_field(&field)) {
                let names: Vec<_> = oneof
                    .fields()
                    .map(|field| field.name().to_owned())
                    .collect();
                self.add(&join(path, oneof.name()), words::none_of(&names.join(", ")));
            }
        }
    }

    fn field(&mut self, message: &DynamicMessage, plan: &FieldPlan, path: &str) {
        // For a field without presence: whether it is not zero.
        let given = message.has_field(&plan.field);
        if !given {
            if plan.required
                && !matches!(plan.field.kind(), Kind::Bool if !plan.field.supports_presence())
            {
                return self.add(path, words::missing());
            }
            if plan.field.supports_presence() || plan.ignore_zero {
                return;
            }
        }
        let value = message.get_field(&plan.field);
        if self.broken(&plan.checks, &value, path) {
            return;
        }
        match &*value {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if self.found.len() >= MAX_VIOLATIONS {
                        return;
                    }
                    self.value(&plan.items, item, &format!("{path}[{at}]"));
                }
            }
            Value::Map(entries) => {
                // A key may be personal data, so the path does not show it.
                let path = format!("{path}[]");
                for (key, item) in entries {
                    if self.found.len() >= MAX_VIOLATIONS {
                        return;
                    }
                    self.value(&plan.keys, &Value::from(key.clone()), &path);
                    self.value(&plan.items, item, &path);
                }
            }
            single => self.inside(single, path),
        }
    }

    /// An item of a list, or a key or value of a map.
    fn value(&mut self, checks: &[Check], value: &Value, path: &str) {
        if !self.broken(checks, value, path) {
            self.inside(value, path);
        }
    }

    /// Rules that apply to every text and every message, with or without declared rules.
    fn inside(&mut self, value: &Value, path: &str) {
        match value {
            Value::String(text) if text.contains('\0') => {
                self.add(path, words::nul());
            }
            Value::Message(message) => match message.descriptor().full_name() {
                "google.protobuf.Timestamp" => {
                    if !in_range(message, TIMESTAMP_SECONDS, 0..=999_999_999) {
                        self.add(path, words::no_moment());
                    }
                }
                "google.protobuf.Duration" => {
                    if !in_range(message, DURATION_SECONDS, -999_999_999..=999_999_999)
                        || !one_sign(message)
                    {
                        self.add(path, words::no_span());
                    }
                }
                _ if is_json(&message.descriptor()) => {
                    if has_nul(value) {
                        self.add(path, words::nul());
                    }
                }
                _ => self.message(message, path),
            },
            _ => {}
        }
    }

    fn broken(&mut self, checks: &[Check], value: &Value, path: &str) -> bool {
        let words = checks.iter().find_map(|check| check.apply(value, self.now));
        let broken = words.is_some();
        if let Some(words) = words {
            self.add(path, words);
        }
        broken
    }

    fn add(&mut self, field: &str, description: Words) {
        self.found.push(Violation {
            field: field.to_owned(),
            description,
        });
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Whether a text or key anywhere in JSON of any shape contains the character that no database stores.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Message(message) => message.fields().any(|(_, value)| has_nul(value)),
        Value::List(items) => items.iter().any(has_nul),
        Value::Map(entries) => entries.iter().any(|(key, value)| {
            key.as_str().is_some_and(|key| key.contains('\0')) || has_nul(value)
        }),
        _ => false,
    }
}

fn in_range(
    message: &DynamicMessage,
    seconds: std::ops::RangeInclusive<i64>,
    nanos: std::ops::RangeInclusive<i32>,
) -> bool {
    let field = |name| message.get_field_by_name(name);
    let in_seconds = field("seconds")
        .and_then(|v| v.as_i64())
        .is_some_and(|s| seconds.contains(&s));
    let in_nanos = field("nanos")
        .and_then(|v| v.as_i32())
        .is_some_and(|n| nanos.contains(&n));
    in_seconds && in_nanos
}

/// Seconds and nanoseconds of a duration have the same sign.
fn one_sign(message: &DynamicMessage) -> bool {
    let seconds = message
        .get_field_by_name("seconds")
        .and_then(|v| v.as_i64())
        .unwrap_or_default();
    let total = nanoseconds(message).unwrap_or_default();
    let nanos = total - i128::from(seconds) * 1_000_000_000;
    i128::from(seconds.signum()) * nanos.signum() >= 0
}
