//! `google.protobuf.Struct`, `Value` and `ListValue`: JSON of any shape.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::cursor::Cursor;
use crate::{
    schema::Scalar,
    text,
    wire::{self, Number},
};

/// The fields of a `Value`, in `google/protobuf/struct.proto`.
pub(super) mod value {
    pub const NULL: u32 = 1;
    pub const NUMBER: u32 = 2;
    pub const STRING: u32 = 3;
    pub const BOOL: u32 = 4;
    pub const STRUCT: u32 = 5;
    pub const LIST: u32 = 6;
}

pub(super) struct ValueVisitor<'c, 's>(pub &'c mut Cursor<'s>);
pub(super) struct StructVisitor<'c, 's>(pub &'c mut Cursor<'s>);
pub(super) struct ListVisitor<'c, 's>(pub &'c mut Cursor<'s>);

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        wire::put_varint(value::NULL, 0, &mut self.0.out);
        Ok(())
    }

    fn visit_bool<E: Error>(self, given: bool) -> Result<(), E> {
        wire::put_varint(value::BOOL, given.into(), &mut self.0.out);
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E: Error>(self, given: i64) -> Result<(), E> {
        self.visit_f64(given as f64)
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: Error>(self, given: u64) -> Result<(), E> {
        self.visit_f64(given as f64)
    }

    fn visit_f64<E: Error>(self, given: f64) -> Result<(), E> {
        prost::encoding::encode_key(
            value::NUMBER,
            wire::wire_type(Scalar::Double),
            &mut self.0.out,
        );
        wire::put_number(Scalar::Double, Number::Double(given), &mut self.0.out);
        Ok(())
    }

    fn visit_str<E: Error>(self, given: &str) -> Result<(), E> {
        match text::string(given) {
            Ok(given) => wire::put_bytes(value::STRING, given.as_bytes(), &mut self.0.out),
            Err(words) => return Err(self.0.fail(words)),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let begun = self.0.begin(value::STRUCT);
        StructVisitor(self.0).visit_map(map)?;
        self.0.end(&begun);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let begun = self.0.begin(value::LIST);
        ListVisitor(self.0).visit_seq(list)?;
        self.0.end(&begun);
        Ok(())
    }
}

/// `map<string, Value> fields = 1`.
impl<'de> Visitor<'de> for StructVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let entry = self.0.begin(1);
            match text::string(&key) {
                Ok(key) => wire::put_bytes(1, key.as_bytes(), &mut self.0.out),
                Err(words) => return Err(self.0.fail(words)),
            }
            let content = self.0.begin(2);
            map.next_value_seed(ValueVisitor(self.0))?;
            self.0.end(&content);
            self.0.end(&entry);
        }
        Ok(())
    }
}

/// `repeated Value values = 1`.
impl<'de> Visitor<'de> for ListVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let begun = self.0.begin(1);
            if list.next_element_seed(ValueVisitor(self.0))?.is_none() {
                self.0.cancel(&begun);
                return Ok(());
            }
            self.0.end(&begun);
        }
    }
}
