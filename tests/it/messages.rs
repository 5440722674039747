//! Generated messages for every method of the contract.

use bytes::Bytes;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Part of every generated text.
pub const TEXT: &str = "kanarie";
pub const MAIL: &str = "kanarie.post@canary.example";
pub const PHONE: &str = "+8619955501234";
/// Real in form only: the area code was never assigned.
pub const NUMBER: &str = "119901196304177311";
pub const NAME: &str = "甪直鹂";
pub const SECRET: &str = "Kanarie-Vogel-2026-x7";
pub const CODE: &str = "739154";

/// How the fields are filled.
#[derive(Clone, Copy, PartialEq)]
pub enum Round {
    /// As in the documentation's examples; free and sensitive fields hold a canary.
    Fitting,
    /// A canary in every field, whatever its purpose.
    Raw,
    /// Sensitive values with typical mistakes.
    Mistaken,
}

fn option(field: &FieldDescriptor, name: &str) -> Option<Value> {
    let options = field.options();
    let found = options.extensions().find(|(e, _)| e.full_name() == name)?;
    Some(found.1.clone())
}

/// The example of the documentation.
fn example(field: &FieldDescriptor) -> Option<String> {
    let example = option(field, "cast.options.v1.example");
    example.and_then(|value| value.as_str().map(str::to_owned))
}

pub fn is_sensitive(field: &FieldDescriptor) -> bool {
    option(field, "cast.options.v1.sensitive") == Some(Value::Bool(true))
}

fn text(field: &FieldDescriptor, round: Round) -> String {
    let fitting = match field.name() {
        "address" => Some([MAIL, "kanarie.post@@canary.example"]),
        "code" => Some([CODE, "kanarie739154"]),
        "division_code" => Some(["110108", "11010８"]),
        "person_number" => Some(["1101080000000019", "1101080000000010"]),
        "website" => Some(["https://kanarie.example", "kanarie"]),
        "resident_id_number" => Some([NUMBER, "119901196304177319"]),
        "name" | "display_name" => Some([NAME, "甪直鹂\u{7}"]),
        name if name.contains("password") || name.contains("secret") => Some([SECRET, "Kanari"]),
        _ => None,
    };
    let example = example(field);
    match (round, fitting) {
        (Round::Fitting, Some([good, _])) => good.to_owned(),
        (Round::Mistaken, Some([_, bad])) => bad.to_owned(),
        (Round::Fitting | Round::Mistaken, None) if !is_sensitive(field) => {
            example.unwrap_or_else(|| format!("{TEXT} {NAME}"))
        }
        _ => format!("{TEXT} {NAME} {}", field.name()),
    }
}

/// A rule of `buf.validate.field`, e.g. `int32.gte`.
fn rule(field: &FieldDescriptor, path: &str) -> Option<Value> {
    let mut value = option(field, "buf.validate.field")?;
    for name in path.split('.') {
        let message = value.as_message()?.clone();
        value = message
            .has_field_by_name(name)
            .then(|| message.get_field_by_name(name))??
            .into_owned();
    }
    Some(value)
}

fn is_id(field: &FieldDescriptor) -> bool {
    ["string.uuid", "repeated.items.string.uuid"]
        .iter()
        .any(|path| rule(field, path).is_some())
}

/// A time in the future, ordered by the position of the field in its message: starts precede ends.
fn moment(field: &FieldDescriptor, kind: &MessageDescriptor) -> Value {
    let tomorrow = OffsetDateTime::now_utc() + Duration::hours(24 + i64::from(field.number()));
    let mut message = DynamicMessage::new(kind.clone());
    message.set_field_by_name("seconds", Value::I64(tomorrow.unix_timestamp()));
    Value::Message(message)
}

/// An object of any shape: that of the documentation, or one with a canary. Without an example nothing fits.
fn object(field: &FieldDescriptor, kind: &MessageDescriptor, round: Round) -> Option<Value> {
    let json = match round {
        Round::Fitting => example(field)?,
        Round::Raw | Round::Mistaken => format!(r#"{{"{TEXT}": "{TEXT} {NAME}"}}"#),
    };
    let mut json = serde_json::Deserializer::from_str(&json);
    let message = DynamicMessage::deserialize(kind.clone(), &mut json);
    Some(Value::Message(message.expect("an object")))
}

pub fn filled(message: &MessageDescriptor, round: Round, depth: usize) -> DynamicMessage {
    let mut filled = DynamicMessage::new(message.clone());
    for field in message.fields() {
        let value = match field.kind() {
            Kind::String if round == Round::Fitting && is_id(&field) => {
                Value::String(Uuid::now_v7().to_string())
            }
            Kind::String => Value::String(text(&field, round)),
            Kind::Bytes => Value::Bytes(Bytes::from_static(TEXT.as_bytes())),
            Kind::Bool => Value::Bool(true),
            Kind::Enum(kind) => {
                let last = kind.values().map(|value| value.number()).max();
                Value::EnumNumber(last.unwrap_or_default())
            }
            Kind::Int32 => match rule(&field, "int32.gte") {
                Some(least) => least,
                None => continue,
            },
            Kind::Int64 => match example(&field).and_then(|example| example.parse().ok()) {
                Some(example) => Value::I64(example),
                None => continue,
            },
            Kind::Message(inner) if inner.full_name() == "google.protobuf.Timestamp" => {
                moment(&field, &inner)
            }
            Kind::Message(inner) if inner.full_name() == "google.protobuf.Struct" => {
                match object(&field, &inner, round) {
                    Some(object) => object,
                    None => continue,
                }
            }
            // The fields are those of any message.
            Kind::Message(inner) if inner.full_name() == "google.api.HttpBody" => {
                Value::Message(self::filled(&inner, round, 0))
            }
            Kind::Message(inner) if depth > 0 && !inner.full_name().starts_with("google.") => {
                Value::Message(self::filled(&inner, round, depth - 1))
            }
            _ => continue,
        };
        if field.is_map() {
            continue;
        }
        let value = if field.is_list() {
            Value::List(vec![value])
        } else {
            value
        };
        filled.set_field(&field, value);
    }
    filled
}
