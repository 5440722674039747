//! `buf.validate` rules as JSON Schema keywords.

use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json, json};

use crate::schema::{self, Field, Kind, Scalar, Schema, Shape, WellKnown};

/// The rules of one field, or of the elements of a list or map.
pub(super) struct Rules(Option<DynamicMessage>);

impl Rules {
    pub fn of(field: &FieldDescriptor) -> Self {
        match schema::option(&field.options(), "buf.validate.field") {
            Some(Value::Message(rules)) => Self(Some(rules)),
            _ => Self(None),
        }
    }

    /// The rules of one type, e.g. `string`.
    fn typed(&self, name: &str) -> Option<DynamicMessage> {
        message(self.0.as_ref()?, name)
    }

    /// The rules for the elements of a list.
    pub fn items(&self) -> Self {
        Self(
            self.typed("repeated")
                .and_then(|rules| message(&rules, "items")),
        )
    }

    /// The rules for the keys of a map.
    pub fn keys(&self) -> Self {
        Self(self.typed("map").and_then(|rules| message(&rules, "keys")))
    }

    /// The rules for the values of a map.
    pub fn values(&self) -> Self {
        Self(
            self.typed("map")
                .and_then(|rules| message(&rules, "values")),
        )
    }

    /// Whether a request must have the field: because it is declared required, or because its zero value, which an
    /// absent field has, is not allowed.
    pub fn required(&self, schema: &Schema, field: &Field) -> bool {
        if field.behaviour.required || self.flag("required") {
            return true;
        }
        let Some(rules) = &self.0 else { return false };
        let ignored = get(rules, "ignore")
            .and_then(|value| value.as_enum_number())
            .unwrap_or(0)
            != 0;
        let presence = field.shape == Shape::Single { presence: true };
        !ignored && !presence && self.rejects_zero(schema, field)
    }

    fn flag(&self, name: &str) -> bool {
        self.0
            .as_ref()
            .and_then(|rules| get(rules, name))
            .and_then(|value| value.as_bool())
            .unwrap_or(false)
    }

    fn rejects_zero(&self, schema: &Schema, field: &Field) -> bool {
        let mut keywords = Map::new();
        match field.shape {
            Shape::List { .. } | Shape::Map { .. } => {
                self.apply_container(&mut keywords);
                ["minItems", "minProperties"]
                    .iter()
                    .any(|k| keywords.get(*k).is_some_and(|n| *n != json!(0)))
            }
            Shape::Single { .. } => {
                self.apply(schema, field.kind, &mut keywords);
                rejects(&keywords, field.kind)
            }
        }
    }

    /// Keywords for the list or map itself.
    pub fn apply_container(&self, keywords: &mut Map<String, Json>) {
        for (kind, rule, keyword) in [
            ("repeated", "min_items", "minItems"),
            ("repeated", "max_items", "maxItems"),
            ("repeated", "unique", "uniqueItems"),
            ("map", "min_pairs", "minProperties"),
            ("map", "max_pairs", "maxProperties"),
        ] {
            if let Some(value) = self.typed(kind).and_then(|rules| get(&rules, rule)) {
                keywords.insert(keyword.to_owned(), plain(&value));
            }
        }
    }

    /// Keywords for one value.
    pub fn apply(&self, schema: &Schema, kind: Kind, keywords: &mut Map<String, Json>) {
        let kind = match kind {
            Kind::Message(id) => match schema.message(id).known {
                Some(WellKnown::Wrapper(scalar)) => Kind::Scalar(scalar),
                _ => return,
            },
            kind => kind,
        };
        let Some(rules) = self.typed(rule_name(kind)) else {
            return;
        };
        match kind {
            Kind::Scalar(Scalar::String) => string(&rules, keywords),
            Kind::Scalar(Scalar::Bytes | Scalar::Bool) | Kind::Message(_) => {}
            Kind::Enum(id) => {
                let name = |value: Json| {
                    let number = value
                        .as_i64()
                        .and_then(|n| i32::try_from(n).ok())
                        .unwrap_or_default();
                    schema.enumeration(id).name(number).map(Json::from)
                };
                choices(&rules, keywords, &name);
                return;
            }
            Kind::Scalar(_) => {
                for (rule, keyword) in [
                    ("gt", "exclusiveMinimum"),
                    ("gte", "minimum"),
                    ("lt", "exclusiveMaximum"),
                    ("lte", "maximum"),
                ] {
                    if let Some(value) = get(&rules, rule) {
                        keywords.insert(keyword.to_owned(), plain(&value));
                    }
                }
            }
        }
        choices(&rules, keywords, &Some);
    }
}

/// Whether the keywords exclude the zero value of a kind. Enums name it by its first value.
fn rejects(keywords: &Map<String, Json>, kind: Kind) -> bool {
    let zero = match kind {
        Kind::Scalar(Scalar::String | Scalar::Bytes) => json!(""),
        Kind::Scalar(Scalar::Bool) => json!(false),
        Kind::Scalar(_) => json!(0),
        Kind::Enum(_) => {
            // `choices` marks an excluded zero value by listing names, so only numbers are compared here.
            return keywords.contains_key(ZERO_EXCLUDED);
        }
        Kind::Message(_) => return false,
    };
    let number = |name: &str| keywords.get(name).and_then(Json::as_f64);
    let listed = |name: &str| keywords.get(name).and_then(Json::as_array);
    let pattern = keywords.get("pattern").and_then(Json::as_str);
    keywords.get("const").is_some_and(|value| *value != zero)
        || listed("enum").is_some_and(|values| !values.contains(&zero))
        || keywords.contains_key("format")
        || number("minLength").is_some_and(|n| n > 0.0)
        || number("minimum").is_some_and(|n| n > 0.0)
        || number("maximum").is_some_and(|n| n < 0.0)
        || number("exclusiveMinimum").is_some_and(|n| n >= 0.0)
        || number("exclusiveMaximum").is_some_and(|n| n <= 0.0)
        || pattern.is_some_and(|pattern| !super::pattern::matches_empty(pattern))
}

/// Set beside the keywords of an enum whose zero value is excluded; removed before the schema is written.
pub(super) const ZERO_EXCLUDED: &str = "x-zero-excluded";

fn string(rules: &DynamicMessage, keywords: &mut Map<String, Json>) {
    let number = |name: &str| get(rules, name).and_then(|value| value.as_u64());
    let text = |name: &str| get(rules, name).and_then(|value| value.as_str().map(str::to_owned));
    let mut set = |keyword: &str, value: Json| keywords.insert(keyword.to_owned(), value);
    for (rule, keyword) in [
        ("min_len", "minLength"),
        ("max_len", "maxLength"),
        ("len", "minLength"),
        ("len", "maxLength"),
    ] {
        if let Some(n) = number(rule) {
            set(keyword, n.into());
        }
    }
    let affixes = [
        ("prefix", "^", ""),
        ("suffix", "", "$"),
        ("contains", "", ""),
    ];
    for (rule, before, after) in affixes {
        if let Some(part) = text(rule) {
            set(
                "pattern",
                format!("{before}{}{after}", super::pattern::escape(&part)).into(),
            );
        }
    }
    if let Some(pattern) = text("pattern") {
        set("pattern", super::pattern::portable(&pattern).into());
    }
    for (rule, format) in [
        ("uuid", "uuid"),
        ("email", "email"),
        ("uri", "uri"),
        ("uri_ref", "uri-reference"),
        ("hostname", "hostname"),
        ("ipv4", "ipv4"),
        ("ipv6", "ipv6"),
    ] {
        if get(rules, rule).and_then(|value| value.as_bool()) == Some(true) {
            set("format", format.into());
        }
    }
}

/// `const`, `in`, `not_in`.
fn choices(
    rules: &DynamicMessage,
    keywords: &mut Map<String, Json>,
    name: &dyn Fn(Json) -> Option<Json>,
) {
    let list = |rule: &str| match get(rules, rule) {
        Some(Value::List(values)) => values.iter().map(plain).collect(),
        _ => Vec::new(),
    };
    let fixed = get(rules, "const").map(|value| plain(&value));
    let (allowed, excluded) = (list("in"), list("not_in"));
    let zero = json!(0);
    let zero_excluded = excluded.contains(&zero)
        || fixed.as_ref().is_some_and(|value| *value != zero)
        || (!allowed.is_empty() && !allowed.contains(&zero));
    if zero_excluded && rules.descriptor().name() == "EnumRules" {
        keywords.insert(ZERO_EXCLUDED.to_owned(), true.into());
    }
    if let Some(value) = fixed.and_then(name) {
        keywords.insert("const".to_owned(), value);
    }
    let names = |values: Vec<Json>| values.into_iter().filter_map(name).collect::<Vec<_>>();
    if !allowed.is_empty() {
        keywords.insert("enum".to_owned(), names(allowed).into());
    }
    if !excluded.is_empty() {
        keywords.insert("not".to_owned(), json!({ "enum": names(excluded) }));
    }
}

fn rule_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Enum(_) => "enum",
        Kind::Message(_) => "any",
        Kind::Scalar(scalar) => match scalar {
            Scalar::Double => "double",
            Scalar::Float => "float",
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::Uint32 => "uint32",
            Scalar::Uint64 => "uint64",
            Scalar::Sint32 => "sint32",
            Scalar::Sint64 => "sint64",
            Scalar::Fixed32 => "fixed32",
            Scalar::Fixed64 => "fixed64",
            Scalar::Sfixed32 => "sfixed32",
            Scalar::Sfixed64 => "sfixed64",
            Scalar::Bool => "bool",
            Scalar::String => "string",
            Scalar::Bytes => "bytes",
        },
    }
}

fn get(message: &DynamicMessage, name: &str) -> Option<Value> {
    let field = message.descriptor().get_field_by_name(name)?;
    message
        .has_field(&field)
        .then(|| message.get_field(&field).into_owned())
}

fn message(parent: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    match get(parent, name)? {
        Value::Message(message) => Some(message),
        _ => None,
    }
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Bool(b) => json!(b),
        Value::I32(n) | Value::EnumNumber(n) => json!(n),
        Value::I64(n) => json!(n),
        Value::U32(n) => json!(n),
        Value::U64(n) => json!(n),
        Value::F32(n) => json!(n),
        Value::F64(n) => json!(n),
        Value::String(text) => json!(text),
        _ => Json::Null,
    }
}
