//! The wire format to ProtoJSON.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::dynamic::value;
use crate::{
    schema::{Field, Kind, Message, MessageId, Scalar, Schema, Shape, WellKnown},
    text,
    wire::{Fields, Malformed, Raw},
};

/// Deeper than any message of a contract; protects the stack from malicious bytes.
const MAX_DEPTH: usize = 100;

/// Encodes a message as JSON. `Err` if the bytes are not such a message.
pub(crate) fn encode(
    schema: &Schema,
    message: MessageId,
    bytes: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let mut writer = Writer {
        schema,
        out: Vec::with_capacity(bytes.len() * 2 + 64),
        depth: 0,
    };
    writer.message(message, bytes)?;
    Ok(writer.out)
}

/// Encodes one field of a message as JSON; an unset message as `{}`, so that there is always a body.
pub(crate) fn encode_field(
    schema: &Schema,
    message: MessageId,
    field: usize,
    bytes: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let mut writer = Writer {
        schema,
        out: Vec::with_capacity(bytes.len() * 2 + 64),
        depth: 0,
    };
    let message = schema.message(message);
    let mut slots = slots(message, bytes)?;
    writer.field(&message.fields[field], &slots.swap_remove(field))?;
    Ok(writer.out)
}

/// The encoded value of one field.
#[derive(Clone, Debug, Default)]
enum Slot<'a> {
    #[default]
    Unset,
    Once(Raw<'a>),
    /// Elements of a list or map, or the parts of one message that are to be merged.
    Many(Vec<Raw<'a>>),
}

impl<'a> Slot<'a> {
    fn add(&mut self, raw: Raw<'a>) {
        *self = match std::mem::take(self) {
            Self::Unset => Self::Once(raw),
            Self::Once(first) => Self::Many(vec![first, raw]),
            Self::Many(mut all) => {
                all.push(raw);
                Self::Many(all)
            }
        }
    }

    fn all(&self) -> &[Raw<'a>] {
        match self {
            Self::Unset => &[],
            Self::Once(raw) => std::slice::from_ref(raw),
            Self::Many(all) => all,
        }
    }
}

/// Sorts the fields of a message by declaration; unknown ones are dropped.
fn slots<'a>(message: &Message, bytes: &'a [u8]) -> Result<Vec<Slot<'a>>, Malformed> {
    let mut slots = vec![Slot::Unset; message.fields.len()];
    for field in Fields(bytes) {
        let (number, raw) = field?;
        let Some(at) = message.index_of_number(number) else {
            continue;
        };
        if let Some(oneof) = message.fields[at].oneof {
            let others = message
                .fields
                .iter()
                .enumerate()
                .filter(|(i, other)| *i != at && other.oneof == Some(oneof));
            others.for_each(|(other, _)| slots[other] = Slot::Unset);
        }
        slots[at].add(raw);
    }
    Ok(slots)
}

struct Writer<'s> {
    schema: &'s Schema,
    out: Vec<u8>,
    depth: usize,
}

impl Writer<'_> {
    fn message(&mut self, id: MessageId, bytes: &[u8]) -> Result<(), Malformed> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Malformed);
        }
        let message = self.schema.message(id);
        match message.known {
            None => self.fields(message, bytes)?,
            Some(WellKnown::Timestamp) => {
                let written =
                    text::write_timestamp(number(bytes, 1), number(bytes, 2)).ok_or(Malformed)?;
                self.string(&written)?;
            }
            Some(WellKnown::Duration) => {
                let written =
                    text::write_duration(number(bytes, 1), number(bytes, 2)).ok_or(Malformed)?;
                self.string(&written)?;
            }
            Some(WellKnown::FieldMask) => {
                let paths = Fields(bytes).map(|field| match field? {
                    (1, Raw::Bytes(path)) => utf8(path).map(text::camel_case),
                    _ => Err(Malformed),
                });
                let paths: Vec<_> = paths.collect::<Result<_, _>>()?;
                self.string(&paths.join(","))?;
            }
            Some(WellKnown::Wrapper(scalar)) => {
                match slots(message, bytes)?.first().and_then(|s| s.all().last()) {
                    Some(raw) => self.value(Kind::Scalar(scalar), *raw)?,
                    None => self.default(Kind::Scalar(scalar)),
                }
            }
            Some(WellKnown::Struct) => {
                let slots = slots(message, bytes)?;
                self.field(&message.fields[0], slots.first().unwrap_or(&Slot::Unset))?;
            }
            Some(WellKnown::ListValue) => {
                let slots = slots(message, bytes)?;
                self.field(&message.fields[0], slots.first().unwrap_or(&Slot::Unset))?;
            }
            Some(WellKnown::Value) => self.dynamic(message, bytes)?,
            // Refused when the bindings are read.
            Some(WellKnown::Any) => return Err(Malformed),
        }
        self.depth -= 1;
        Ok(())
    }

    fn fields(&mut self, message: &Message, bytes: &[u8]) -> Result<(), Malformed> {
        let slots = slots(message, bytes)?;
        let start = self.out.len();
        for (field, slot) in message.fields.iter().zip(&slots) {
            let left_out = matches!(
                (field.shape, slot),
                (Shape::Single { presence: true }, Slot::Unset)
            );
            if left_out || field.behaviour.input_only {
                continue;
            }
            self.out
                .push(if self.out.len() == start { b'{' } else { b',' });
            self.out.extend_from_slice(&field.json_key);
            self.field(field, slot)?;
        }
        self.out
            .extend_from_slice(if self.out.len() == start { b"{}" } else { b"}" });
        Ok(())
    }

    fn field(&mut self, field: &Field, slot: &Slot<'_>) -> Result<(), Malformed> {
        match (field.shape, slot) {
            (Shape::List { .. }, slot) => self.list(field.kind, slot.all()),
            (Shape::Map { key }, slot) => self.map(key, field.kind, slot.all()),
            (Shape::Single { .. }, Slot::Unset) => {
                self.default(field.kind);
                Ok(())
            }
            (Shape::Single { .. }, Slot::Once(raw)) => self.value(field.kind, *raw),
            (Shape::Single { .. }, Slot::Many(all)) => match field.kind {
                // Concatenated parts of a message are the merged message.
                Kind::Message(id) => {
                    let parts = all
                        .iter()
                        .map(|raw| bytes(*raw))
                        .collect::<Result<Vec<_>, _>>()?;
                    self.message(id, &parts.concat())
                }
                kind => all.last().map_or(Ok(()), |raw| self.value(kind, *raw)),
            },
        }
    }

    fn default(&mut self, kind: Kind) {
        let text = match kind {
            Kind::Message(_) => "{}",
            Kind::Enum(_) => {
                // The first value of a proto3 enum is 0, so this always finds a name.
                let _ = self.value(kind, Raw::Varint(0));
                return;
            }
            Kind::Scalar(Scalar::String | Scalar::Bytes) => "\"\"",
            Kind::Scalar(Scalar::Bool) => "false",
            Kind::Scalar(
                Scalar::Int64
                | Scalar::Sint64
                | Scalar::Sfixed64
                | Scalar::Uint64
                | Scalar::Fixed64,
            ) => "\"0\"",
            Kind::Scalar(_) => "0",
        };
        self.out.extend_from_slice(text.as_bytes());
    }

    fn list(&mut self, kind: Kind, elements: &[Raw<'_>]) -> Result<(), Malformed> {
        let packable = match kind {
            Kind::Scalar(Scalar::String | Scalar::Bytes) | Kind::Message(_) => None,
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Enum(_) => Some(Scalar::Int32),
        };
        self.out.push(b'[');
        let start = self.out.len();
        for element in elements {
            match (packable, *element) {
                (Some(scalar), Raw::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        let raw = Raw::read(crate::wire::wire_type(scalar), &mut packed)?;
                        self.comma(start);
                        self.value(kind, raw)?;
                    }
                }
                (_, raw) => {
                    self.comma(start);
                    self.value(kind, raw)?;
                }
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn comma(&mut self, start: usize) {
        if self.out.len() > start {
            self.out.push(b',');
        }
    }

    /// Entries are sorted by key, so that equal maps give equal JSON.
    fn map(&mut self, key: Scalar, kind: Kind, entries: &[Raw<'_>]) -> Result<(), Malformed> {
        let mut sorted = std::collections::BTreeMap::new();
        for entry in entries {
            let (mut name, mut content) = (None, None);
            for field in Fields(bytes(*entry)?) {
                match field? {
                    (1, raw) => name = Some(raw),
                    (2, raw) => content = Some(raw),
                    _ => {}
                }
            }
            let mut inner = Writer {
                schema: self.schema,
                out: Vec::new(),
                depth: self.depth,
            };
            match name {
                Some(raw) => inner.value(Kind::Scalar(key), raw)?,
                None => inner.default(Kind::Scalar(key)),
            }
            sorted.insert(inner.out, content);
        }
        self.out.push(b'{');
        let start = self.out.len();
        for (name, content) in sorted {
            self.comma(start);
            // Keys are strings in JSON, whatever their type.
            let quoted = name.first() == Some(&b'"');
            let quotes: &[u8] = if quoted { b"" } else { b"\"" };
            self.out.extend_from_slice(quotes);
            self.out.extend_from_slice(&name);
            self.out.extend_from_slice(quotes);
            self.out.push(b':');
            match (content, kind) {
                (Some(raw), kind) => self.value(kind, raw)?,
                // An entry without a value has the default one; for a message that is the empty message.
                (None, Kind::Message(id)) => self.message(id, &[])?,
                (None, kind) => self.default(kind),
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Signs and widths are reinterpreted as the wire format defines them.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )]
    fn value(&mut self, kind: Kind, raw: Raw<'_>) -> Result<(), Malformed> {
        use Scalar as S;
        let scalar = match kind {
            Kind::Message(id) => return self.message(id, bytes(raw)?),
            Kind::Enum(id) => {
                let Raw::Varint(n) = raw else {
                    return Err(Malformed);
                };
                let schema = self.schema;
                return match schema.enumeration(id).name(n as i32) {
                    Some(name) => self.string(name),
                    // An unknown value of a newer service.
                    None => self.display(n as i32),
                };
            }
            Kind::Scalar(scalar) => scalar,
        };
        match (scalar, raw) {
            (S::String, Raw::Bytes(text)) => self.string(utf8(text)?),
            (S::Bytes, Raw::Bytes(bytes)) => self.string(&STANDARD.encode(bytes)),
            (S::Bool, Raw::Varint(n)) => self.display(n != 0),
            (S::Int32, Raw::Varint(n)) => self.display(n as i32),
            (S::Uint32, Raw::Varint(n)) => self.display(n as u32),
            (S::Sint32, Raw::Varint(n)) => self.display(zigzag(n) as i32),
            (S::Int64, Raw::Varint(n)) => self.quoted(n as i64),
            (S::Uint64, Raw::Varint(n)) => self.quoted(n),
            (S::Sint64, Raw::Varint(n)) => self.quoted(zigzag(n)),
            (S::Fixed32, Raw::Fixed32(n)) => self.display(n),
            (S::Sfixed32, Raw::Fixed32(n)) => self.display(n as i32),
            (S::Fixed64, Raw::Fixed64(n)) => self.quoted(n),
            (S::Sfixed64, Raw::Fixed64(n)) => self.quoted(n as i64),
            (S::Double, Raw::Fixed64(n)) => {
                let n = f64::from_bits(n);
                self.float(n, n)
            }
            (S::Float, Raw::Fixed32(n)) => {
                let n = f32::from_bits(n);
                self.float(n, n.into())
            }
            _ => Err(Malformed),
        }
    }

    fn dynamic(&mut self, message: &Message, bytes: &[u8]) -> Result<(), Malformed> {
        // The kinds of a value are one oneof, so at most one slot is filled.
        let slots = slots(message, bytes)?;
        let set = message
            .fields
            .iter()
            .zip(&slots)
            .find(|(_, slot)| !matches!(slot, Slot::Unset));
        match set {
            Some((field, slot)) if field.number != value::NULL => self.field(field, slot),
            _ => {
                self.out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }

    fn string(&mut self, text: &str) -> Result<(), Malformed> {
        serde_json::to_writer(&mut self.out, text).map_err(|_| Malformed)
    }

    fn display(&mut self, value: impl std::fmt::Display) -> Result<(), Malformed> {
        write!(self.out, "{value}").map_err(|_| Malformed)
    }

    fn quoted(&mut self, value: impl std::fmt::Display) -> Result<(), Malformed> {
        write!(self.out, "\"{value}\"").map_err(|_| Malformed)
    }

    /// `value` in its own width, so that it is written with the minimum number of digits.
    fn float(&mut self, value: impl serde::Serialize, wide: f64) -> Result<(), Malformed> {
        if wide.is_finite() {
            return serde_json::to_writer(&mut self.out, &value).map_err(|_| Malformed);
        }
        self.string(if wide.is_nan() {
            "NaN"
        } else if wide > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    }
}

#[allow(clippy::cast_possible_wrap)]
fn zigzag(n: u64) -> i64 {
    ((n >> 1) as i64) ^ -((n & 1) as i64)
}

fn bytes(raw: Raw<'_>) -> Result<&[u8], Malformed> {
    match raw {
        Raw::Bytes(bytes) => Ok(bytes),
        _ => Err(Malformed),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

/// The varint field of a timestamp or duration.
#[allow(clippy::cast_possible_wrap)]
fn number(message: &[u8], field: u32) -> i64 {
    match crate::wire::last(message, &[field]) {
        Some(Raw::Varint(n)) => n as i64,
        _ => 0,
    }
}
