//! The protobuf wire format, without intermediate messages.

use prost::{
    bytes::Buf as _,
    encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint},
};

use crate::schema::Scalar;

/// One encoded value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Raw<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Raw<'a> {
    /// Reads one value, without a key, from the front.
    pub fn read(wire_type: WireType, from: &mut &'a [u8]) -> Result<Self, Malformed> {
        Ok(match wire_type {
            WireType::Varint => Self::Varint(decode_varint(from).map_err(|_| Malformed)?),
            WireType::SixtyFourBit => Self::Fixed64(from.try_get_u64_le().map_err(|_| Malformed)?),
            WireType::ThirtyTwoBit => Self::Fixed32(from.try_get_u32_le().map_err(|_| Malformed)?),
            WireType::LengthDelimited => {
                let length = decode_varint(from).map_err(|_| Malformed)?;
                let length = usize::try_from(length).map_err(|_| Malformed)?;
                let (bytes, rest) = from.split_at_checked(length).ok_or(Malformed)?;
                *from = rest;
                Self::Bytes(bytes)
            }
            WireType::StartGroup | WireType::EndGroup => return Err(Malformed),
        })
    }
}

/// The bytes are not a protobuf message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the bytes are not a protobuf message")]
pub(crate) struct Malformed;

/// The top-level fields of a message in wire order; groups are skipped.
pub(crate) struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Raw<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            match self.read() {
                Ok(Some(field)) => return Some(Ok(field)),
                Ok(None) => {}
                Err(Malformed) => {
                    self.0 = &[];
                    return Some(Err(Malformed));
                }
            }
        }
        None
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self) -> Result<Option<(u32, Raw<'a>)>, Malformed> {
        let (number, wire_type) = decode_key(&mut self.0).map_err(|_| Malformed)?;
        if wire_type == WireType::StartGroup {
            let context = prost::encoding::DecodeContext::default();
            let skipped = prost::encoding::skip_field(wire_type, number, &mut self.0, context);
            return skipped.map(|()| None).map_err(|_| Malformed);
        }
        Ok(Some((number, Raw::read(wire_type, &mut self.0)?)))
    }
}

/// The last value at a path of field numbers; repeated occurrences are merged as defined by protobuf.
pub(crate) fn last<'a>(message: &'a [u8], path: &[u32]) -> Option<Raw<'a>> {
    let (number, deeper) = path.split_first()?;
    let hits = Fields(message)
        .filter_map(Result::ok)
        .filter(|(n, _)| n == number);
    hits.filter_map(|(_, raw)| match raw {
        raw if deeper.is_empty() => Some(raw),
        Raw::Bytes(bytes) => last(bytes, deeper),
        _ => None,
    })
    .last()
}

/// The text of a string field, if it is set and not empty.
pub(crate) fn last_string<'a>(message: &'a [u8], path: &[u32]) -> Option<&'a str> {
    match last(message, path)? {
        Raw::Bytes(bytes) => std::str::from_utf8(bytes)
            .ok()
            .filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// Writes a length-delimited field.
pub(crate) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Writes the key and the length of a length-delimited field, whose bytes follow.
pub(crate) fn put_head(number: u32, length: usize, out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
}

/// Writes a varint field.
pub(crate) fn put_varint(number: u32, value: u64, out: &mut Vec<u8>) {
    encode_key(number, WireType::Varint, out);
    encode_varint(value, out);
}

/// Wraps `inner`, the bytes of the message at the end of `path`, into its ancestors and appends the result to `out`.
pub(crate) fn put_nested(path: &[u32], inner: Vec<u8>, out: &mut Vec<u8>) {
    let mut inner = inner;
    for number in path.iter().rev() {
        let mut outer = Vec::with_capacity(inner.len() + 8);
        put_bytes(*number, &inner, &mut outer);
        inner = outer;
    }
    out.append(&mut inner);
}

/// The wire type of a scalar type.
pub(crate) fn wire_type(scalar: Scalar) -> WireType {
    match scalar {
        Scalar::Double | Scalar::Fixed64 | Scalar::Sfixed64 => WireType::SixtyFourBit,
        Scalar::Float | Scalar::Fixed32 | Scalar::Sfixed32 => WireType::ThirtyTwoBit,
        Scalar::String | Scalar::Bytes => WireType::LengthDelimited,
        _ => WireType::Varint,
    }
}

/// A number or a boolean to be encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Double(f64),
    Float(f32),
    Signed(i64),
    Unsigned(u64),
    Bool(bool),
}

/// Writes the value without a key. `scalar` must be a numeric type or `bool`, and `number` within its range.
pub(crate) fn put_number(scalar: Scalar, number: Number, out: &mut Vec<u8>) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let signed = match number {
        Number::Signed(n) => n,
        Number::Unsigned(n) => n as i64,
        Number::Bool(b) => i64::from(b),
        Number::Double(n) => return out.extend_from_slice(&n.to_le_bytes()),
        Number::Float(n) => return out.extend_from_slice(&n.to_le_bytes()),
    };
    // The parser has checked the range, so the narrowing casts preserve the value.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    match scalar {
        Scalar::Sint32 | Scalar::Sint64 => {
            encode_varint(((signed << 1) ^ (signed >> 63)) as u64, out)
        }
        Scalar::Fixed32 | Scalar::Sfixed32 => out.extend_from_slice(&(signed as u32).to_le_bytes()),
        Scalar::Fixed64 | Scalar::Sfixed64 => out.extend_from_slice(&signed.to_le_bytes()),
        _ => encode_varint(signed as u64, out),
    }
}
