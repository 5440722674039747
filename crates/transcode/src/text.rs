//! Values as text: path variables, query parameters, and the strings of ProtoJSON.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use problem::Words;
use prost::encoding::encode_key;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    schema::{Kind, Scalar, Schema, WellKnown},
    wire::{self, Number},
};

/// Base64 as in ProtoJSON: padding is optional.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Encodes one value of a field, key included. `Err` describes the expected value.
pub(crate) fn put(
    schema: &Schema,
    number: u32,
    kind: Kind,
    text: &str,
    out: &mut Vec<u8>,
) -> Result<(), Words> {
    match kind {
        Kind::Scalar(Scalar::String) => wire::put_bytes(number, string(text)?.as_bytes(), out),
        Kind::Scalar(Scalar::Bytes) => wire::put_bytes(number, &bytes(text)?, out),
        Kind::Scalar(scalar) => {
            let value = parse(scalar, text)?;
            encode_key(number, wire::wire_type(scalar), out);
            wire::put_number(scalar, value, out);
        }
        Kind::Enum(id) => {
            let value = schema
                .enumeration(id)
                .number(text)
                .ok_or_else(|| enum_names(schema, kind))?;
            encode_key(number, wire::wire_type(Scalar::Int32), out);
            wire::put_number(Scalar::Int32, Number::Signed(value.into()), out);
        }
        Kind::Message(id) => {
            let mut inner = Vec::new();
            match schema.message(id).known {
                Some(WellKnown::Timestamp) => timestamp(text, &mut inner)?,
                Some(WellKnown::Duration) => duration(text, &mut inner)?,
                Some(WellKnown::FieldMask) => field_mask(text, &mut inner)?,
                Some(WellKnown::Wrapper(scalar)) => {
                    put(schema, 1, Kind::Scalar(scalar), text, &mut inner)?
                }
                _ => {
                    return Err(Words::new(
                        "cannot be written as text",
                        "无法以文本形式填写",
                    ));
                }
            }
            wire::put_bytes(number, &inner, out);
        }
    }
    Ok(())
}

/// Whether [`put`] can encode values of this kind.
pub(crate) fn can_put(schema: &Schema, kind: Kind) -> bool {
    use WellKnown as W;
    match kind {
        Kind::Message(id) => {
            matches!(
                schema.message(id).known,
                Some(W::Timestamp | W::Duration | W::FieldMask | W::Wrapper(_))
            )
        }
        _ => true,
    }
}

/// The values of an enum field.
pub(crate) fn enum_names(schema: &Schema, kind: Kind) -> Words {
    let Kind::Enum(id) = kind else {
        return Words::new("is not valid", "无效");
    };
    let names: Vec<_> = schema
        .enumeration(id)
        .descriptor
        .values()
        .map(|v| v.name().to_owned())
        .collect();
    Words::new(
        format!("must be one of {}", names.join(", ")),
        format!("应为以下之一：{}", names.join("、")),
    )
}

/// PostgreSQL cannot store U+0000 and no text needs it.
pub(crate) fn string(text: &str) -> Result<&str, Words> {
    if text.contains('\0') {
        return Err(Words::new(
            "must not contain the character U+0000",
            "不得包含空字符（U+0000）",
        ));
    }
    Ok(text)
}

/// Accepts either alphabet of RFC 4648.
pub(crate) fn bytes(text: &str) -> Result<Vec<u8>, Words> {
    let standard = text.replace('-', "+").replace('_', "/");
    BASE64.decode(standard).map_err(|_| expected(Scalar::Bytes))
}

/// Parses a number or boolean strictly: no sign except `-`, no spaces, within the range of the type.
pub(crate) fn parse(scalar: Scalar, text: &str) -> Result<Number, Words> {
    let parsed = match scalar {
        Scalar::Bool => text.parse().ok().map(Number::Bool),
        Scalar::Double => float(text).map(Number::Double),
        // A number may be finite as f64 and not as f32.
        #[allow(clippy::cast_possible_truncation)]
        Scalar::Float => float(text)
            .filter(|n| n.abs() <= f64::from(f32::MAX))
            .map(|n| Number::Float(n as f32)),
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => digits(text)
            .and_then(|t| t.parse::<i32>().ok())
            .map(|n| Number::Signed(n.into())),
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => digits(text)
            .and_then(|t| t.parse().ok())
            .map(Number::Signed),
        Scalar::Uint32 | Scalar::Fixed32 => digits(text)
            .and_then(|t| t.parse::<u32>().ok())
            .map(|n| Number::Unsigned(n.into())),
        Scalar::Uint64 | Scalar::Fixed64 => digits(text)
            .and_then(|t| t.parse().ok())
            .map(Number::Unsigned),
        Scalar::String | Scalar::Bytes => None,
    };
    parsed.ok_or_else(|| expected(scalar))
}

fn digits(text: &str) -> Option<&str> {
    (!text.starts_with('+')).then_some(text)
}

/// A finite number, as JSON writes one.
fn float(text: &str) -> Option<f64> {
    let plain = |b: u8| b.is_ascii_digit() || b"+-.eE".contains(&b);
    let written = text.bytes().all(plain) && !text.starts_with('+');
    text.parse().ok().filter(|n: &f64| written && n.is_finite())
}

/// The expected value of a field of this type.
pub(crate) fn expected(scalar: Scalar) -> Words {
    match scalar {
        Scalar::Double | Scalar::Float => Words::new("must be a number", "应为数字"),
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => Words::new(
            "must be a whole number between -2147483648 and 2147483647",
            "应为 -2147483648 至 2147483647 之间的整数",
        ),
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => {
            Words::new("must be a whole number of 64 bits", "应为 64 位整数")
        }
        Scalar::Uint32 | Scalar::Fixed32 => Words::new(
            "must be a whole number between 0 and 4294967295",
            "应为 0 至 4294967295 之间的整数",
        ),
        Scalar::Uint64 | Scalar::Fixed64 => Words::new(
            "must be a whole number of 64 bits, not negative",
            "应为 64 位非负整数",
        ),
        Scalar::Bool => Words::new("must be true or false", "应为 true 或 false"),
        Scalar::String => Words::new("must be text", "应为文本"),
        Scalar::Bytes => Words::new("must be base64", "应为 Base64 编码"),
    }
}

/// Writes the fields of `google.protobuf.Timestamp` from RFC 3339; years 1 to 9999.
pub(crate) fn timestamp(text: &str, out: &mut Vec<u8>) -> Result<(), Words> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339)
        .ok()
        .map(|t| (t.unix_timestamp(), t.nanosecond()));
    let (seconds, nanos) = parsed
        .filter(|(s, _)| *s >= -62_135_596_800)
        .ok_or_else(|| {
            Words::new(
                "must be a time such as 2026-05-30T08:00:00Z (RFC 3339)",
                "应为 RFC 3339 格式的时间，例如 2026-05-30T08:00:00Z",
            )
        })?;
    put_seconds(seconds, i64::from(nanos), out);
    Ok(())
}

/// Writes the fields of `google.protobuf.Duration` from seconds such as `1.5s`.
pub(crate) fn duration(text: &str, out: &mut Vec<u8>) -> Result<(), Words> {
    let (seconds, nanos) = parse_duration(text).ok_or_else(|| {
        Words::new(
            "must be seconds such as 90s or 1.5s",
            "应为以秒计的时长，例如 90s 或 1.5s",
        )
    })?;
    put_seconds(seconds, nanos, out);
    Ok(())
}

fn parse_duration(text: &str) -> Option<(i64, i64)> {
    let number = text.strip_suffix('s')?;
    let (negative, number) = number
        .strip_prefix('-')
        .map_or((false, number), |n| (true, n));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |t: &str, most| !t.is_empty() && t.len() <= most && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 12) || !digits(fraction, 9) {
        return None;
    }
    let seconds: i64 = whole.parse().ok().filter(|s| *s <= 315_576_000_000)?;
    let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
    Some(if negative {
        (-seconds, -nanos)
    } else {
        (seconds, nanos)
    })
}

#[allow(clippy::cast_sign_loss)]
fn put_seconds(seconds: i64, nanos: i64, out: &mut Vec<u8>) {
    if seconds != 0 {
        wire::put_varint(1, seconds as u64, out);
    }
    if nanos != 0 {
        wire::put_varint(2, nanos as u64, out);
    }
}

/// Writes the paths of `google.protobuf.FieldMask` from `title,filter.createdAfter`; snake case is accepted too.
pub(crate) fn field_mask(text: &str, out: &mut Vec<u8>) -> Result<(), Words> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.*".contains(&b);
    for path in text.split(',').filter(|_| !text.is_empty()) {
        if path.is_empty() || !path.bytes().all(allowed) {
            return Err(Words::new(
                "must be field names separated by commas, such as title,startsAt",
                "应为以逗号分隔的字段名，例如 title,startsAt",
            ));
        }
        wire::put_bytes(1, snake_case(path).as_bytes(), out);
    }
    Ok(())
}

fn snake_case(path: &str) -> Cow<'_, str> {
    if !path.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    Cow::Owned(out)
}

/// The JSON form of a field mask path: `starts_at` becomes `startsAt`.
pub(crate) fn camel_case(path: &str) -> String {
    let (mut out, mut upper) = (String::with_capacity(path.len()), false);
    for c in path.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 digits of fraction; `None` outside of years 1 to 9999.
pub(crate) fn write_timestamp(seconds: i64, nanos: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .filter(|time| time.year() >= 1)?;
    let (date, clock) = (time.date(), time.time());
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        fraction(nanos)?
    ))
}

/// Seconds with 0, 3, 6 or 9 digits of fraction and `s`; `None` if signs differ or it is out of range.
pub(crate) fn write_duration(seconds: i64, nanos: i64) -> Option<String> {
    let negative = seconds < 0 || nanos < 0;
    if seconds.signum() * nanos.signum() < 0 || seconds.unsigned_abs() > 315_576_000_000 {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    Some(format!(
        "{sign}{}{}s",
        seconds.unsigned_abs(),
        fraction(nanos.checked_abs()?)?
    ))
}

fn fraction(nanos: i64) -> Option<String> {
    match nanos {
        0 => Some(String::new()),
        1..1_000_000_000 if nanos % 1_000_000 == 0 => Some(format!(".{:03}", nanos / 1_000_000)),
        1..1_000_000_000 if nanos % 1_000 == 0 => Some(format!(".{:06}", nanos / 1_000)),
        1..1_000_000_000 => Some(format!(".{nanos:09}")),
        _ => None,
    }
}
