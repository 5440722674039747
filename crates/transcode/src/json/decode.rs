//! ProtoJSON to the wire format.

use std::fmt;

use prost::encoding::encode_key;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use problem::{Problem, Words};

use crate::{
    schema::{Field, Kind, Message, MessageId, Scalar, Schema, Shape, WellKnown},
    text,
    wire::{self, Number},
};

use super::{
    cursor::{Cursor, Step},
    dynamic::{ListVisitor as DynamicList, StructVisitor, ValueVisitor as DynamicValue},
};

/// Decodes a JSON body as a message.
pub(crate) fn decode(schema: &Schema, message: MessageId, body: &[u8]) -> Result<Vec<u8>, Problem> {
    read(schema, body, Whole(message))
}

/// Decodes a JSON body as one field of a message; the result includes the field's key.
pub(crate) fn decode_field(
    schema: &Schema,
    message: MessageId,
    field: usize,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    read(schema, body, Part(&schema.message(message).fields[field]))
}

trait Target<'s> {
    fn read<'de, D: Deserializer<'de>>(
        self,
        cursor: &mut Cursor<'s>,
        json: D,
    ) -> Result<(), D::Error>;
}

struct Whole(MessageId);

impl<'s> Target<'s> for Whole {
    fn read<'de, D: Deserializer<'de>>(
        self,
        cursor: &mut Cursor<'s>,
        json: D,
    ) -> Result<(), D::Error> {
        cursor.content(self.0, json)
    }
}

struct Part<'s>(&'s Field);

impl<'s> Target<'s> for Part<'s> {
    fn read<'de, D: Deserializer<'de>>(
        self,
        cursor: &mut Cursor<'s>,
        json: D,
    ) -> Result<(), D::Error> {
        FieldSeed {
            cursor,
            field: self.0,
        }
        .deserialize(json)
    }
}

fn read<'s>(schema: &'s Schema, body: &[u8], target: impl Target<'s>) -> Result<Vec<u8>, Problem> {
    let mut cursor = Cursor::new(schema, body.len());
    let mut json = serde_json::Deserializer::from_slice(body);
    match target
        .read(&mut cursor, &mut json)
        .and_then(|()| json.end())
    {
        Ok(()) => Ok(cursor.out),
        Err(error) => Err(cursor.problem(&error)),
    }
}

impl<'s> Cursor<'s> {
    /// Writes one value; with a key, or without inside a packed list.
    fn value<'de, D: Deserializer<'de>>(
        &mut self,
        key: Option<u32>,
        kind: Kind,
        json: D,
    ) -> Result<(), D::Error> {
        let Kind::Message(id) = kind else {
            return json.deserialize_any(ScalarVisitor {
                cursor: self,
                key,
                kind,
            });
        };
        // Messages are never packed.
        let begun = self.begin(key.unwrap_or_default());
        self.content(id, json)?;
        self.end(&begun);
        Ok(())
    }

    /// Writes the fields of a message.
    fn content<'de, D: Deserializer<'de>>(
        &mut self,
        id: MessageId,
        json: D,
    ) -> Result<(), D::Error> {
        let message = self.schema.message(id);
        match message.known {
            Some(WellKnown::Wrapper(scalar)) => self.value(Some(1), Kind::Scalar(scalar), json),
            Some(WellKnown::Struct) => json.deserialize_any(StructVisitor(self)),
            Some(WellKnown::ListValue) => json.deserialize_any(DynamicList(self)),
            Some(WellKnown::Value) => json.deserialize_any(DynamicValue(self)),
            Some(known) => json.deserialize_any(TextVisitor {
                cursor: self,
                known,
            }),
            None => json.deserialize_any(MessageVisitor {
                cursor: self,
                message,
            }),
        }
    }
}

fn must_be_object() -> Words {
    Words::new("must be an object", "应为对象")
}

fn must_not_be_null() -> Words {
    Words::new(
        "must not be null; leave it out instead",
        "不得为 null，没有值时请省略该字段",
    )
}

/// The rest of a visitor: all other JSON types are the expected fault.
macro_rules! refuse {
    ($expected:expr => $($visit:ident: $kind:ty),*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("another value")
        }
        fn visit_unit<E: Error>(self) -> Result<(), E> {
            Err(self.cursor().fail(must_not_be_null()))
        }
        $(fn $visit<E: Error>(self, _: $kind) -> Result<(), E> {
            let words = $expected(&self);
            Err(self.cursor().fail(words))
        })*
    };
    (seq $expected:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
            let words = $expected(&self);
            Err(self.cursor().fail(words))
        }
    };
    (map $expected:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
            let words = $expected(&self);
            Err(self.cursor().fail(words))
        }
    };
}

struct MessageVisitor<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    message: &'s Message,
}

impl<'c, 's> MessageVisitor<'c, 's> {
    fn cursor(self) -> &'c mut Cursor<'s> {
        self.cursor
    }
}

impl<'de> Visitor<'de> for MessageVisitor<'_, '_> {
    type Value = ();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { cursor, message } = self;
        let mut seen = vec![false; message.fields.len()];
        while let Some(at) = map.next_key_seed(KeySeed {
            cursor: &mut *cursor,
            message,
        })? {
            let field = &message.fields[at];
            cursor.path.push(Step::Field(&field.json_name));
            if seen[at] {
                return Err(cursor.fail(Words::new("is given twice", "重复填写")));
            }
            let mut others = message
                .fields
                .iter()
                .zip(&seen)
                .filter(|(other, seen)| **seen && other.oneof == field.oneof);
            if field.oneof.is_some()
                && let Some((other, _)) = others.next()
            {
                let name = &other.json_name;
                return Err(cursor.fail(Words::new(
                    format!("excludes {name}"),
                    format!("不能与 {name} 同时填写"),
                )));
            }
            seen[at] = true;
            let before = cursor.out.len();
            let value = FieldSeed {
                cursor: &mut *cursor,
                field,
            };
            match field.cleared_by {
                Some(number) => map.next_value_seed(ClearableSeed { value, number })?,
                None => map.next_value_seed(value)?,
            }
            if field.behaviour.output_only {
                cursor.out.truncate(before);
            }
            cursor.path.pop();
        }
        Ok(())
    }

    refuse!(|_: &Self| must_be_object() => visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    refuse!(seq |_: &Self| must_be_object());
}

struct KeySeed<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    message: &'s Message,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<usize, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        self.message.field_index(name).ok_or_else(|| {
            self.cursor.path.push(Step::Key(name.to_owned()));
            self.cursor
                .fail(Words::new("is not a known field", "不是已知字段"))
        })
    }
}

struct FieldSeed<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    field: &'s Field,
}

impl<'c, 's> FieldSeed<'c, 's> {
    fn cursor(self) -> &'c mut Cursor<'s> {
        self.cursor
    }

    fn expected(&self) -> Words {
        match self.field.shape {
            Shape::Map { .. } => must_be_object(),
            _ => Words::new("must be a list", "应为列表"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for FieldSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        match self.field.shape {
            Shape::Single { .. } => {
                self.cursor
                    .value(Some(self.field.number), self.field.kind, json)
            }
            _ => json.deserialize_any(self),
        }
    }
}

/// A field that null clears, by the bool with this number.
struct ClearableSeed<'c, 's> {
    value: FieldSeed<'c, 's>,
    number: u32,
}

impl<'de> DeserializeSeed<'de> for ClearableSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for ClearableSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        wire::put_varint(self.number, 1, &mut self.value.cursor.out);
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.value.deserialize(json)
    }
}

/// Lists and maps.
impl<'de> Visitor<'de> for FieldSeed<'_, '_> {
    type Value = ();

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { cursor, field } = self;
        let Shape::List { packed } = field.shape else {
            return Err(cursor.fail(must_be_object()));
        };
        let begun = packed.then(|| cursor.begin(field.number));
        let key = (!packed).then_some(field.number);
        cursor.path.push(Step::Index(0));
        let mut count = 0;
        while list
            .next_element_seed(ElementSeed {
                cursor: &mut *cursor,
                key,
                kind: field.kind,
            })?
            .is_some()
        {
            count += 1;
            if let Some(last) = cursor.path.last_mut() {
                *last = Step::Index(count);
            }
        }
        cursor.path.pop();
        match begun {
            Some(begun) if count == 0 => cursor.cancel(&begun),
            Some(begun) => cursor.end(&begun),
            None => {}
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Shape::Map { key: key_type } = self.field.shape else {
            let words = self.expected();
            return Err(self.cursor.fail(words));
        };
        let Self { cursor, field } = self;
        while let Some(key) = map.next_key::<String>()? {
            cursor.path.push(Step::Key(key.clone()));
            let begun = cursor.begin(field.number);
            let written = text::put(
                cursor.schema,
                1,
                Kind::Scalar(key_type),
                &key,
                &mut cursor.out,
            );
            written.map_err(|words| cursor.fail(words))?;
            map.next_value_seed(ElementSeed {
                cursor: &mut *cursor,
                key: Some(2),
                kind: field.kind,
            })?;
            cursor.end(&begun);
            cursor.path.pop();
        }
        Ok(())
    }

    refuse!(Self::expected => visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

/// One element of a list or one value of a map.
struct ElementSeed<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    key: Option<u32>,
    kind: Kind,
}

impl<'de> DeserializeSeed<'de> for ElementSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.cursor.value(self.key, self.kind, json)
    }
}

/// Scalars and enums.
struct ScalarVisitor<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    key: Option<u32>,
    kind: Kind,
}

impl<'c, 's> ScalarVisitor<'c, 's> {
    fn cursor(self) -> &'c mut Cursor<'s> {
        self.cursor
    }

    fn expected(&self) -> Words {
        match self.kind {
            Kind::Scalar(scalar) => text::expected(scalar),
            kind => text::enum_names(self.cursor.schema, kind),
        }
    }

    fn number<E: Error>(self, number: Option<Number>) -> Result<(), E> {
        let (Kind::Scalar(scalar), Some(number)) = (self.kind, number) else {
            let words = self.expected();
            return Err(self.cursor.fail(words));
        };
        if let Some(key) = self.key {
            encode_key(key, wire::wire_type(scalar), &mut self.cursor.out);
        }
        wire::put_number(scalar, number, &mut self.cursor.out);
        Ok(())
    }

    /// An integer, if the field takes integers (or numbers) of this size.
    fn integer<E: Error>(self, value: i128) -> Result<(), E> {
        use Scalar as S;
        let signed = || i64::try_from(value).ok().map(Number::Signed);
        let unsigned = || u64::try_from(value).ok().map(Number::Unsigned);
        #[allow(clippy::cast_precision_loss)]
        let number = match self.kind {
            Kind::Scalar(S::Int32 | S::Sint32 | S::Sfixed32) => {
                i32::try_from(value).ok().and_then(|_| signed())
            }
            Kind::Scalar(S::Uint32 | S::Fixed32) => {
                u32::try_from(value).ok().and_then(|_| unsigned())
            }
            Kind::Scalar(S::Int64 | S::Sint64 | S::Sfixed64) => signed(),
            Kind::Scalar(S::Uint64 | S::Fixed64) => unsigned(),
            Kind::Scalar(S::Double) => Some(Number::Double(value as f64)),
            Kind::Scalar(S::Float) => Some(Number::Float(value as f32)),
            _ => None,
        };
        self.number(number)
    }
}

impl<'de> Visitor<'de> for ScalarVisitor<'_, '_> {
    type Value = ();

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let number = (self.kind == Kind::Scalar(Scalar::Bool)).then_some(Number::Bool(value));
        self.number(number)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.integer(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.integer(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.kind {
            Kind::Scalar(Scalar::Double) => self.number(Some(Number::Double(value))),
            #[allow(clippy::cast_possible_truncation)]
            Kind::Scalar(Scalar::Float) => {
                let fits = value.abs() <= f64::from(f32::MAX);
                self.number(fits.then_some(Number::Float(value as f32)))
            }
            // JSON Schema counts 1.0 and 1e3 as integers; beyond 2^53 a float is ambiguous.
            #[allow(clippy::cast_possible_truncation)]
            _ if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
                self.integer(value as i128)
            }
            _ => self.number(None),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        use Scalar as S;
        match self.kind {
            Kind::Scalar(
                S::String | S::Bytes | S::Int64 | S::Sint64 | S::Sfixed64 | S::Uint64 | S::Fixed64,
            )
            | Kind::Enum(_) => {}
            _ => return self.number(None),
        }
        let Self { cursor, key, kind } = self;
        let start = cursor.out.len();
        // Inside a packed list the key that `put` writes is removed: field numbers below 16 have a one-byte key.
        let written = text::put(
            cursor.schema,
            key.unwrap_or(1),
            kind,
            value,
            &mut cursor.out,
        );
        written.map_err(|words| cursor.fail(words))?;
        if key.is_none() {
            cursor.out.remove(start);
        }
        Ok(())
    }

    refuse!(Self::expected => );
    refuse!(seq Self::expected);
    refuse!(map Self::expected);
}

/// Timestamps, durations and field masks.
struct TextVisitor<'c, 's> {
    cursor: &'c mut Cursor<'s>,
    known: WellKnown,
}

impl<'c, 's> TextVisitor<'c, 's> {
    fn cursor(self) -> &'c mut Cursor<'s> {
        self.cursor
    }

    fn write(known: WellKnown, value: &str, out: &mut Vec<u8>) -> Result<(), Words> {
        match known {
            WellKnown::Timestamp => text::timestamp(value, out),
            WellKnown::Duration => text::duration(value, out),
            _ => text::field_mask(value, out),
        }
    }

    /// The message for an unreadable text.
    fn expected(&self) -> Words {
        Self::write(self.known, "?", &mut Vec::new())
            .err()
            .unwrap_or_else(|| text::expected(Scalar::String))
    }
}

impl<'de> Visitor<'de> for TextVisitor<'_, '_> {
    type Value = ();

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let Self { cursor, known } = self;
        Self::write(known, value, &mut cursor.out).map_err(|words| cursor.fail(words))
    }

    refuse!(Self::expected => visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
    refuse!(seq Self::expected);
    refuse!(map Self::expected);
}
