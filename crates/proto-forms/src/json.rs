//! `google.protobuf.Struct` as the JSON it stands for.

use prost_types::{ListValue, Struct, Value as Wire, value::Kind};
use serde_json::{Map, Number, Value};

/// Up to here every whole number has a `double` of its own.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// An object. A number without fraction is an integer; what is no JSON, as NaN, is `null`.
pub fn object(from: Struct) -> Map<String, Value> {
    from.fields
        .into_iter()
        .map(|(key, one)| (key, value(one)))
        .collect()
}

fn value(from: Wire) -> Value {
    match from.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(yes)) => Value::Bool(yes),
        Some(Kind::StringValue(text)) => Value::String(text),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(value).collect(),
        Some(Kind::StructValue(inner)) => Value::Object(object(inner)),
        Some(Kind::NumberValue(number)) if number.fract() == 0.0 && number.abs() <= WHOLE => {
            // It is whole and in range.
            #[allow(clippy::cast_possible_truncation)]
            Value::from(number as i64)
        }
        Some(Kind::NumberValue(number)) => {
            Number::from_f64(number).map_or(Value::Null, Value::Number)
        }
    }
}

/// The message of an object.
pub fn message(from: Map<String, Value>) -> Struct {
    Struct {
        fields: from
            .into_iter()
            .map(|(key, one)| (key, wire(one)))
            .collect(),
    }
}

fn wire(from: Value) -> Wire {
    let kind = match from {
        Value::Null => Kind::NullValue(0),
        Value::Bool(yes) => Kind::BoolValue(yes),
        Value::String(text) => Kind::StringValue(text),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::Array(list) => Kind::ListValue(ListValue {
            values: list.into_iter().map(wire).collect(),
        }),
        Value::Object(inner) => Kind::StructValue(message(inner)),
    };
    Wire { kind: Some(kind) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let json = json!({ "a": [1, 2.5, null, true, "文"], "b": { "c": -3 } });
        let Value::Object(map) = json else {
            unreachable!()
        };
        assert_eq!(object(message(map.clone())), map);
    }

    #[test]
    fn no_number_is_read_as_none() {
        let wire = Wire {
            kind: Some(Kind::NumberValue(f64::NAN)),
        };
        assert_eq!(value(wire), Value::Null);
    }
}
