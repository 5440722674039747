//! ProtoJSON to the protobuf wire format and back.

use prost::Message as _;
use prost_reflect::{DynamicMessage, SerializeOptions};

use crate::{
    problem::{Problem, Words},
    schema::{MessageId, Schema},
    wire::Malformed,
};
use proto::reasons;

/// Reads a JSON body as a message.
pub(crate) fn decode(
    schema: &Schema,
    message: MessageId,
    body: &[u8],
) -> Result<Vec<u8>, Box<Problem>> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let descriptor = schema.message(message).descriptor.clone();
    let read = DynamicMessage::deserialize(descriptor, &mut deserializer)
        .and_then(|message| deserializer.end().map(|()| message));
    read.map(|message| message.encode_to_vec())
        .map_err(|error| {
            let said = format!("Line {}, column {}.", error.line(), error.column());
            Box::new(
                Problem::new(&reasons::MALFORMED_REQUEST).saying(Words::new(said.clone(), said)),
            )
        })
}

/// Reads a JSON body as one field of a message; the field stands in the result with its key.
pub(crate) fn decode_field(
    schema: &Schema,
    message: MessageId,
    field: usize,
    body: &[u8],
) -> Result<Vec<u8>, Box<Problem>> {
    let name = &schema.message(message).fields[field].json_name;
    let whole = [b"{\"", name.as_bytes(), b"\":", body, b"}"].concat();
    decode(schema, message, &whole)
}

/// Writes a message as JSON. `Err` if the bytes are no such message.
pub(crate) fn encode(
    schema: &Schema,
    message: MessageId,
    bytes: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let descriptor = schema.message(message).descriptor.clone();
    let message = DynamicMessage::decode(descriptor, bytes).map_err(|_| Malformed)?;
    let mut serializer = serde_json::Serializer::new(Vec::new());
    let options = SerializeOptions::new().skip_default_fields(false);
    message
        .serialize_with_options(&mut serializer, &options)
        .map_err(|_| Malformed)?;
    Ok(serializer.into_inner())
}

/// Writes one field of a message as JSON.
pub(crate) fn encode_field(
    schema: &Schema,
    message: MessageId,
    field: usize,
    bytes: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let whole: serde_json::Value =
        serde_json::from_slice(&encode(schema, message, bytes)?).map_err(|_| Malformed)?;
    let name = &schema.message(message).fields[field].json_name;
    Ok(whole
        .get(name)
        .map_or_else(|| b"null".to_vec(), |value| value.to_string().into_bytes()))
}
