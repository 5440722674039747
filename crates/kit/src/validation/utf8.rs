//! Finds the field with malformed text in an undecodable message. Used only after decoding has failed.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{Kind, MessageDescriptor};

/// prost's own recursion limit.
const MAX_DEPTH: u32 = 100;

/// The path of the first text field that is not UTF-8; `None` if the message is malformed in another way.
pub(super) fn malformed_field(descriptor: &MessageDescriptor, message: &[u8]) -> Option<String> {
    search(descriptor, message, MAX_DEPTH)
}

fn search(descriptor: &MessageDescriptor, mut rest: &[u8], depth: u32) -> Option<String> {
    while !rest.is_empty() {
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        if wire_type != WireType::LengthDelimited {
            skip_field(wire_type, number, &mut rest, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
        let (content, behind) = rest.split_at_checked(length)?;
        rest = behind;
        let Some(field) = descriptor.get_field(number) else {
            continue;
        };
        match field.kind() {
            Kind::String if std::str::from_utf8(content).is_err() => {
                return Some(field.name().to_owned());
            }
            Kind::Message(inner) if depth > 0 => {
                if let Some(path) = search(&inner, content, depth - 1) {
                    return Some(format!("{}.{path}", field.name()));
                }
            }
            _ => {}
        }
    }
    None
}
