//! ProtoJSON to the protobuf wire format and back, in one pass each way and without intermediate messages.
//!
//! Decoding is stricter than ProtoJSON where leniency would only hide mistakes, so that the accepted input is what the
//! OpenAPI document describes: no `null` (leave the field out), no duplicate fields, enum values by name, 32-bit
//! integers, numbers and booleans in their own form. 64-bit integers are accepted as strings and as integers. Field
//! names are accepted in camel case and as in the proto file. Output-only fields are checked and dropped, so that a
//! resource can be sent back as it was read.
//!
//! Encoding: every field without presence is written, defaults and empty lists included; input-only fields never are.

mod cursor;
mod decode;
mod dynamic;
mod encode;

pub(crate) use decode::{decode, decode_field};
pub(crate) use encode::{encode, encode_field};
